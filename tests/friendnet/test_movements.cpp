// What a node moves by itself, and what its gateway moves, as its owner sees them.
#include "profiles/friendnet/movements.h"
#include "profiles/friendnet/transfer_views.h"
#include "tests/support/fake_clock.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::profiles;
using control::TransferView;
using gateway::TransferKind;

namespace {

TransferView moveOf(const std::string& peer, std::uint64_t bytes)
{
    TransferView out;
    out.kind = "move";
    out.peer = peer;
    out.of = bytes;
    return out;
}

gateway::TransferStart startOf(TransferKind kind, std::optional<std::uint64_t> size)
{
    gateway::TransferStart out;
    out.kind = kind;
    out.storageIndex = "abc";
    out.size = size;
    return out;
}

} // namespace

class TestMovements final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void whatRunsIsThereAndWhatRan()
    {
        test::FakeClock clock;
        Movements movements(clock);
        QVERIFY(!movements.any() && movements.all().empty());
        auto first = movements.begin(moveOf("bob", 10));
        auto second = movements.begin(moveOf("carol", 20));
        first->bytes() = 4;
        QVERIFY(movements.any());
        std::vector<TransferView> all = movements.all();
        QCOMPARE(all.size(), std::size_t{2});
        QCOMPARE(all[0].peer, std::string("carol"));
        QCOMPARE(all[1].bytes, std::uint64_t{4});
        QCOMPARE(all[1].state, std::string("running"));
        QVERIFY(!all[1].ended && all[0].id != all[1].id);
        first->succeed();
        first.reset();
        second->fail("no room");
        second.reset();
        movements.begin(moveOf("dave", 1)).reset();
        QVERIFY(!movements.any());
        all = movements.all();
        QCOMPARE(all.size(), std::size_t{3});
        QCOMPARE(all[0].state, std::string("cancelled"));
        QCOMPARE(all[1].state, std::string("failed"));
        QCOMPARE(all[1].reason, std::string("no room"));
        QCOMPARE(all[2].state, std::string("done"));
        QCOMPARE(all[2].bytes, std::uint64_t{10});
        QVERIFY(all[2].ended.has_value());
    }
    void theOldestAreForgotten()
    {
        test::FakeClock clock;
        Movements movements(clock);
        for (std::size_t i = 0; i < Movements::kKept + 5; ++i)
            movements.begin(moveOf(std::to_string(i), 1))->succeed();
        QCOMPARE(movements.all().size(), Movements::kKept);
        QCOMPARE(movements.all().front().peer, std::to_string(Movements::kKept + 4));
    }
    void theGatewaysAreToldAsItHasThem()
    {
        test::FakeClock clock;
        gateway::web::History history(clock);
        QVERIFY(transferViews(history).empty() && !isBusy(history));
        auto upload = history.begin(startOf(TransferKind::Upload, 100));
        upload->moved(30);
        auto look = history.begin(startOf(TransferKind::MapUpdate, std::nullopt));
        std::vector<TransferView> views = transferViews(history);
        QCOMPARE(views.size(), std::size_t{1});
        QCOMPARE(views[0].id, std::string("up-1"));
        QCOMPARE(views[0].kind, std::string("upload"));
        QCOMPARE(views[0].bytes, std::uint64_t{30});
        QCOMPARE(*views[0].of, std::uint64_t{100});
        QCOMPARE(views[0].state, std::string("running"));
        QVERIFY(isBusy(history));
        upload->fail(Error(ErrorCode::NoSpace, "full"));
        upload.reset();
        QVERIFY(!isBusy(history));
        auto download = history.begin(startOf(TransferKind::Download, std::nullopt));
        download->succeed();
        download.reset();
        history.begin(startOf(TransferKind::Retrieve, 5)).reset();
        views = transferViews(history);
        QCOMPARE(views.size(), std::size_t{3});
        const auto stateOf = [&views](const std::string& kind) {
            for (const TransferView& view : views)
                if (view.kind == kind) return view.state + " " + view.reason;
            return std::string();
        };
        QVERIFY(stateOf("upload").starts_with("failed Failed: "));
        QCOMPARE(stateOf("download"), std::string("done "));
        QCOMPARE(stateOf("retrieve"), std::string("cancelled "));
    }
    /// Folders are read and written all the time, and in no time.
    void foldersAreNoTransfersToWaitFor()
    {
        test::FakeClock clock;
        gateway::web::History history(clock);
        const auto small = history.begin(startOf(TransferKind::Retrieve, 5'000));
        const auto unknown = history.begin(startOf(TransferKind::Publish, std::nullopt));
        QVERIFY(!isBusy(history));
        const auto large = history.begin(startOf(TransferKind::Publish, 5'000'000));
        QVERIFY(isBusy(history));
    }
};

QTEST_GUILESS_MAIN(TestMovements)
#include "test_movements.moc"
