// Writes of mutable files that break off: disks that are full, servers that die, a gateway that
// ends. What was there stays, or all of the new version is there; and the next write goes through.
#include "tests/client-gateway/mutable_bench.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::gateway;
using cap::MutableFormat;
using test::failing;
using test::Fault;
using test::MutableBench;
using test::StoreCall;

namespace {

enum class Way { Overwrite, Update, Modify };

struct Row
{
    const char* name;
    MutableFormat format;
    Way way;
};

constexpr std::array<Row, 5> kRows{{{"SDMF, overwrite", MutableFormat::Sdmf, Way::Overwrite},
                                    {"SDMF, modify", MutableFormat::Sdmf, Way::Modify},
                                    {"MDMF, overwrite", MutableFormat::Mdmf, Way::Overwrite},
                                    {"MDMF, update", MutableFormat::Mdmf, Way::Update},
                                    {"MDMF, modify", MutableFormat::Mdmf, Way::Modify}}};

constexpr std::size_t kSize = 200'000;
constexpr std::size_t kPatchAt = 140'000;

asio::awaitable<Result<void>> modifyTo(MutableService& files, cap::MutableWriteCap cap, Bytes plain)
{
    auto edit = [plain](ByteView, bool) -> Result<std::optional<Bytes>> {
        return std::optional<Bytes>(plain);
    };
    TARN_CO_TRY(const MutableContents contents,
                co_await files.modify(std::move(cap), 10 * kSize, edit));
    static_cast<void>(contents);
    co_return ok();
}

/// A file on ten servers, and a write that makes another version of it.
struct Case
{
    explicit Case(const Row& row) : way(row.way)
    {
        made = bench.create(before, row.format);
        if (way == Way::Update)
            std::copy(patch.begin(), patch.end(), after.begin() + kPatchAt);
        else
            after = test::plaintext(kSize, 2);
    }
    asio::awaitable<Result<void>> write()
    {
        switch (way) {
        case Way::Overwrite:
            return test::overwriteWith(bench.files(), *made, after);
        case Way::Update:
            return test::updateWith(bench.files(), *made, kPatchAt, patch);
        case Way::Modify:
            break;
        }
        return modifyTo(bench.files(), *made, after);
    }
    Bytes now()
    {
        const auto back = bench.readBack(*made);
        return back ? back->data : Bytes();
    }
    /// Servers from `first` on do this with every write that comes.
    void failWrites(std::size_t first, const Fault& fault)
    {
        for (std::size_t i = first; i < bench.servers.size(); ++i)
            bench.servers[i]->store->setPlan([fault](StoreCall call, std::uint64_t) {
                return call == StoreCall::ReadTestWrite ? fault : Fault();
            });
    }
    /// All is well again: a write takes, and leaves all shares of one version.
    /// \return what is wrong.
    std::string recover()
    {
        for (const auto& server : bench.servers)
            server->store->setPlan({});
        const Result<void> written = bench.wait(write());
        if (!written) return "the next write: " + written.error().text();
        if (now() != after) return "the next write left something else";
        const RepairResult repaired = bench.repair(*made);
        return repaired.after.healthy ? "" : repaired.after.summary + repaired.failure;
    }

    Way way;
    MutableBench bench{10};
    Bytes before = test::plaintext(kSize, 1);
    Bytes after = before;
    Bytes patch = test::plaintext(5'000, 3);
    Result<cap::MutableWriteCap> made = Error(ErrorCode::Internal, "");
};

void addRows()
{
    QTest::addColumn<int>("number");
    for (std::size_t i = 0; i < kRows.size(); ++i)
        QTest::newRow(kRows[i].name) << static_cast<int>(i);
}

const Row& rowOf(int number)
{
    return kRows[static_cast<std::size_t>(number)];
}

} // namespace

class TestMutableFailures final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void fullDisksEverywhere_data() { addRows(); }
    void fullDisksEverywhere()
    {
        QFETCH(int, number);
        Case test(rowOf(number));
        QVERIFY(test.made);
        test.failWrites(0, failing(ErrorCode::NoSpace));
        const Result<void> written = test.bench.wait(test.write());
        QVERIFY(!written);
        QCOMPARE(written.error().code(), ErrorCode::Unhappy);
        QVERIFY(written.error().text().find("NotEnoughServersError") != std::string::npos);
        QVERIFY(test.now() == test.before);
        QVERIFY(test.bench.check(*test.made, true).healthy);
        const std::string wrong = test.recover();
        QVERIFY2(wrong.empty(), wrong.c_str());
    }

    /// Two servers take one share each, which nobody could ever read.
    void newFilesThatFailLeaveNothing()
    {
        MutableBench bench(10);
        for (std::size_t i = 0; i < bench.servers.size(); ++i)
            bench.servers[i]->store->setPlan(
                [takes = i < 2, seen = 0](StoreCall call, std::uint64_t) mutable {
                    if (call != StoreCall::ReadTestWrite) return Fault();
                    const bool good = takes && seen++ != 1;
                    return good ? Fault() : failing(ErrorCode::NoSpace);
                });
        const auto made = bench.create(test::plaintext(3000, 1), MutableFormat::Sdmf);
        QVERIFY(!made);
        QCOMPARE(made.error().code(), ErrorCode::Unhappy);
        QCOMPARE(bench.shareCount(), std::size_t{0});
    }

    /// Somebody else is seen when shares of servers that failed are offered to others.
    void newFilesThatMeetAnotherWriterLeaveNothing()
    {
        MutableBench bench(10);
        for (std::size_t i = 0; i < bench.servers.size(); ++i)
            bench.servers[i]->store->setPlan(
                [works = i < 5, seen = 0](StoreCall call, std::uint64_t) mutable {
                    if (call != StoreCall::ReadTestWrite) return Fault();
                    if (!works) return failing(ErrorCode::NoSpace);
                    Fault fault;
                    fault.flipByte = ++seen == 2;
                    return fault;
                });
        const auto made = bench.create(test::plaintext(3000, 1), MutableFormat::Sdmf);
        QVERIFY(!made);
        QCOMPARE(made.error().code(), ErrorCode::Conflict);
        QCOMPARE(bench.shareCount(), std::size_t{0});
    }

    /// Two servers take one share each, and no more.
    void tooFewServersTakeIt_data() { addRows(); }
    void tooFewServersTakeIt()
    {
        QFETCH(int, number);
        Case test(rowOf(number));
        QVERIFY(test.made);
        test.failWrites(0, failing(ErrorCode::NoSpace));
        for (const std::size_t one : {4U, 8U})
            test.bench.servers[one]->store->setPlan(
                [full = false](StoreCall call, std::uint64_t) mutable {
                    if (call != StoreCall::ReadTestWrite) return Fault();
                    return std::exchange(full, true) ? failing(ErrorCode::NoSpace) : Fault();
                });
        const Result<void> written = test.bench.wait(test.write());
        QVERIFY(!written);
        QCOMPARE(written.error().code(), ErrorCode::Unhappy);
        QVERIFY(test.now() == test.before);
        const std::string wrong = test.recover();
        QVERIFY2(wrong.empty(), wrong.c_str());
    }

    /// They have done what was asked, but nobody hears of it.
    void serversDieAfterWriting_data() { addRows(); }
    void serversDieAfterWriting()
    {
        QFETCH(int, number);
        for (const std::size_t first : {0U, 8U}) {
            Case test(rowOf(number));
            QVERIFY(test.made);
            Fault fault = failing(ErrorCode::PeerUnreachable);
            fault.errorAfterDoing = true;
            test.failWrites(first, fault);
            const Result<void> written = test.bench.wait(test.write());
            const Bytes now = test.now();
            QVERIFY(now == test.before || now == test.after);
            QVERIFY(!written || now == test.after);
            const std::string wrong = test.recover();
            QVERIFY2(wrong.empty(), wrong.c_str());
        }
    }

    /// The gateway ends while some servers have written and others have not been asked.
    void theGatewayEndsInTheMiddle_data() { addRows(); }
    void theGatewayEndsInTheMiddle()
    {
        QFETCH(int, number);
        for (const std::size_t late : {1U, 8U}) {
            Case test(rowOf(number));
            QVERIFY(test.made);
            Fault fault;
            fault.delay = std::chrono::minutes(1);
            test.failWrites(late, fault);
            asio::cancellation_signal cancel;
            bool ended = false;
            asio::co_spawn(
                test.bench.engine, test.write(),
                asio::bind_cancellation_slot(
                    cancel.slot(), [&](const std::exception_ptr&, Result<void>) { ended = true; }));
            test.bench.clock.runUntil(test.bench.engine, std::chrono::seconds(30),
                                      [&] { return ended; });
            QVERIFY(!ended);
            asio::post(test.bench.engine, [&] { cancel.emit(asio::cancellation_type::terminal); });
            test.bench.settle();
            QVERIFY(ended);
            const Bytes now = test.now();
            QVERIFY(now == test.before || now == test.after);
            const std::string wrong = test.recover();
            QVERIFY2(wrong.empty(), wrong.c_str());
        }
    }
};

QTEST_GUILESS_MAIN(TestMutableFailures)
#include "test_mutable_failures.moc"
