#include "core/cap/parse.h"
#include "tests/client-gateway/mutable_bench.h"
#include "tests/support/vectors.h"

#include <QtCore/QJsonArray>
#include <QtCore/QJsonObject>
#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::gateway;
using cap::MutableFormat;
using test::Fault;
using test::StoreCall;

namespace {

using Bench = test::MutableBench;
using test::encodingOf;

Bytes bytesOf(std::string_view text)
{
    return toBytes(text);
}

} // namespace

class TestMutableFiles final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void roundTrips_data()
    {
        QTest::addColumn<bool>("mdmf");
        QTest::addColumn<int>("needed");
        QTest::addColumn<int>("total");
        QTest::addColumn<int>("size");
        const std::vector<std::pair<int, int>> codes = {{1, 1}, {3, 10}, {7, 9}};
        for (const bool mdmf : {false, true})
            for (const auto& [needed, total] : codes)
                for (const int size : {0, 1, 3, 131'071, 131'074, 300'000})
                    QTest::addRow("%s %d-of-%d %d", mdmf ? "MDMF" : "SDMF", needed, total, size)
                        << mdmf << needed << total << size;
        QTest::addRow("SDMF 255-of-255") << false << 255 << 255 << 1000;
        QTest::addRow("MDMF 100-of-255") << true << 100 << 255 << 200'000;
    }
    void roundTrips()
    {
        QFETCH(bool, mdmf);
        QFETCH(int, needed);
        QFETCH(int, total);
        QFETCH(int, size);
        Bench bench(
            10, encodingOf(static_cast<std::uint32_t>(needed), static_cast<std::uint32_t>(total)));
        const Bytes plain = test::plaintext(static_cast<std::size_t>(size));
        const auto made = bench.create(plain, mdmf ? MutableFormat::Mdmf : MutableFormat::Sdmf);
        QVERIFY2(made, made ? "" : made.error().text().c_str());
        QCOMPARE(bench.shareCount(), static_cast<std::size_t>(total));
        const auto back = bench.readBack(*made);
        QVERIFY2(back, back ? "" : back.error().text().c_str());
        QVERIFY(back->data == plain);
        QCOMPARE(back->sequence, std::uint64_t{1});

        const Bytes other = test::plaintext(static_cast<std::size_t>(size) + 5, 2);
        QVERIFY(bench.overwrite(*made, other));
        const auto second = bench.readBack(*made);
        QVERIFY(second && second->data == other);
        QCOMPARE(second->sequence, std::uint64_t{2});
        QVERIFY(bench.overwrite(*made, plain)); // shorter: old bytes stay behind in the container
        const auto third = bench.readBack(*made);
        QVERIFY(third && third->data == plain);
        const CheckResult health = bench.check(*made, true);
        QVERIFY2(health.healthy, health.summary.c_str());
        QCOMPARE(health.sharesGood, static_cast<std::uint32_t>(total));
    }

    void sharesKnownToTahoeAreReadWrittenAndChecked()
    {
        for (const char* kind : {"sdmf", "mdmf"}) {
            const QJsonObject sample = test::ownVectors("samples.json")[kind].toObject();
            const cap::Cap parsed = cap::parseCap(sample["cap"].toString().toStdString());
            const auto* cap = std::get_if<cap::MutableWriteCap>(&parsed);
            QVERIFY(cap != nullptr);
            Bench bench(4);
            for (int i = 0; i < 3; ++i) {
                const Bytes bytes = test::base64Of(sample["shares"].toArray()[i]);
                QVERIFY(bench.put(*cap, static_cast<std::uint32_t>(i), bytes));
            }
            const auto back = bench.readBack(*cap);
            QVERIFY2(back, back ? "" : back.error().text().c_str());
            QVERIFY(back->data == test::base64Of(sample["plaintext"]));
            QCOMPARE(back->sequence, std::uint64_t{7});
            const CheckResult health = bench.check(*cap, true);
            QVERIFY2(health.healthy, health.summary.c_str());
            QVERIFY(bench.overwrite(*cap, bytesOf("ours")));
            const auto ours = bench.readBack(*cap);
            QVERIFY(ours && textOf(ours->data) == "ours");
            QCOMPARE(ours->sequence, std::uint64_t{8});
        }
    }

    void rangesOfABigFile()
    {
        Bench bench;
        const Bytes plain = test::plaintext(3'000'000);
        const auto made = bench.create(plain, MutableFormat::Mdmf);
        QVERIFY(made);
        const auto opened = bench.wait(bench.files().open(cap::readCapOf(*made)));
        QVERIFY(opened);
        QCOMPARE((*opened)->size(), std::uint64_t{3'000'000});
        const std::vector<ByteRange> ranges = {
            {0, 0}, {0, 1}, {131'071, 131'074}, {1'000'000, 2'999'999}, {2'999'999, 3'000'000}};
        for (const ByteRange range : ranges) {
            const Result<Bytes> got = bench.get(**opened, range);
            QVERIFY(got);
            const ByteView expected = ByteView(plain).subspan(range.begin, range.size());
            QVERIFY(equal(*got, expected));
        }
        const auto past = bench.get(**opened, ByteRange{0, 3'000'001});
        QVERIFY(!past && past.error().code() == ErrorCode::InvalidInput);
    }

    void aWriterThatComesBetweenIsNoticedAndTheEditIsRepeated()
    {
        Bench bench;
        const auto made = bench.create(bytesOf("a"), MutableFormat::Sdmf);
        QVERIFY(made);
        // Another gateway of the same grid writes between our reading and our writing.
        const std::unique_ptr<Grid> other = bench.otherGateway();
        int calls = 0;
        bool sawAgain = false;
        std::optional<Result<MutableContents>> theirs;
        auto edit = [&](ByteView old, bool again) -> Result<std::optional<Bytes>> {
            sawAgain = sawAgain || again;
            Bytes next = toBytes(old);
            append(next, asBytes("x"));
            ++calls;
            return std::optional<Bytes>(std::move(next));
        };
        auto theirEdit = [](ByteView old, bool) -> Result<std::optional<Bytes>> {
            Bytes next = toBytes(old);
            append(next, asBytes("y"));
            return std::optional<Bytes>(std::move(next));
        };
        auto store = [&](const std::exception_ptr&, Result<MutableContents> result) {
            theirs.emplace(std::move(result));
        };
        asio::co_spawn(bench.engine, other->mutableFiles().modify(*made, 1000, theirEdit), store);
        const auto mine = bench.wait(bench.files().modify(*made, 1000, edit));
        QVERIFY2(mine, mine ? "" : mine.error().text().c_str());
        QVERIFY(theirs && *theirs);
        const auto back = bench.readBack(*made);
        QVERIFY(back);
        // Neither edit is lost; one that was written in part may have been applied twice.
        const std::string text = textOf(back->data);
        QVERIFY2(text.find('x') != std::string::npos, text.c_str());
        QVERIFY2(text.find('y') != std::string::npos, text.c_str());
        QVERIFY(calls > 1 || back->sequence >= 3);
    }

    void editsOfOneServiceTakeTurns()
    {
        Bench bench;
        const auto made = bench.create({}, MutableFormat::Sdmf);
        QVERIFY(made);
        int ended = 0;
        auto edit = [](ByteView old, bool) -> Result<std::optional<Bytes>> {
            Bytes next = toBytes(old);
            append(next, asBytes("x"));
            return std::optional<Bytes>(std::move(next));
        };
        for (int i = 0; i < 5; ++i)
            asio::co_spawn(bench.engine, bench.files().modify(*made, 1000, edit),
                           [&](const std::exception_ptr&, const Result<MutableContents>& done) {
                               ended += done ? 1 : 0;
                           });
        bench.settle();
        QCOMPARE(ended, 5);
        const auto back = bench.readBack(*made);
        QVERIFY(back);
        QCOMPARE(textOf(back->data), std::string("xxxxx"));
        QCOMPARE(back->sequence, std::uint64_t{6});
    }

    void spoiledSharesAreReplacedByOthersAndRepaired()
    {
        for (const MutableFormat format : {MutableFormat::Sdmf, MutableFormat::Mdmf}) {
            Bench bench;
            const Bytes plain = test::plaintext(300'000);
            const auto made = bench.create(plain, format);
            QVERIFY(made);
            for (const std::uint32_t number : {0U, 1U, 2U}) {
                Bytes& bytes = *bench.share(*made, number);
                bytes[bytes.size() / 2] ^= std::byte{1};
            }
            const auto back = bench.readBack(*made);
            QVERIFY(back && back->data == plain);
            QVERIFY(bench.advisoryCount() > 0);
            QVERIFY(!bench.check(*made, true).healthy);
            const RepairResult repaired = bench.repair(*made);
            QVERIFY(repaired.attempted);
            QVERIFY2(repaired.successful, repaired.failure.c_str());
            QVERIFY2(repaired.after.healthy, repaired.after.summary.c_str());
            const auto again = bench.readBack(*made);
            QVERIFY(again && again->data == plain);
            QCOMPARE(again->sequence, std::uint64_t{2});
        }
    }

    void tooFewSharesAndWrongCapabilities()
    {
        Bench bench;
        const auto made = bench.create(bytesOf("hello"), MutableFormat::Sdmf);
        QVERIFY(made);
        const auto readOnly = bench.repair(cap::readCapOf(*made));
        QVERIFY(!readOnly.attempted);
        QVERIFY(bench.check(cap::verifyCapOf(cap::readCapOf(*made)), true).healthy);
        const StorageIndex index = cap::verifyCapOf(cap::readCapOf(*made)).index;
        for (std::uint32_t number = 0; number < 8; ++number)
            for (const auto& one : bench.servers)
                one->memory->removeShare(index, ShareNumber{number});
        const auto few = bench.readBack(*made);
        QVERIFY(!few && few.error().code() == ErrorCode::NotEnoughShares);
        for (std::uint32_t number = 8; number < 10; ++number)
            for (const auto& one : bench.servers)
                one->memory->removeShare(index, ShareNumber{number});
        const auto none = bench.readBack(*made);
        QVERIFY(!none && none.error().code() == ErrorCode::NoShares);
        const auto write = bench.overwrite(*made, bytesOf("x"));
        QVERIFY(!write && write.error().code() == ErrorCode::NoShares);
    }

    void serversThatFailOrAreLateDoNotHoldUp()
    {
        Bench bench;
        const auto made = bench.create(bytesOf("first"), MutableFormat::Sdmf);
        QVERIFY(made);
        bench.servers[0]->store->setPlan([](StoreCall, std::uint64_t) {
            Fault fault;
            fault.error = ErrorCode::PeerUnreachable;
            return fault;
        });
        bench.servers[1]->store->setPlan([](StoreCall, std::uint64_t) {
            Fault fault;
            fault.delay = std::chrono::hours(1);
            return fault;
        });
        const auto back = bench.readBack(*made);
        QVERIFY(back && textOf(back->data) == "first");
        QVERIFY(bench.overwrite(*made, bytesOf("second")));
        bench.servers[0]->store->setPlan({});
        bench.servers[1]->store->setPlan({});
        const auto again = bench.readBack(*made); // two servers still offer the old version
        QVERIFY(again && textOf(again->data) == "second");
        const CheckResult health = bench.check(*made, false);
        QVERIFY(!health.healthy);
    }
};

QTEST_GUILESS_MAIN(TestMutableFiles)
#include "test_mutable_files.moc"
