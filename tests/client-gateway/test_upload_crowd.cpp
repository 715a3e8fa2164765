#include "tests/client-gateway/grid_bench.h"

#include <QtTest/QTest>

#include <algorithm>

using namespace tarn;
using namespace tarn::gateway;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::Fault;
using test::GridBench;
using test::StoreCall;

namespace {

/// One of many uploads that run at the same time.
struct OneUpload
{
    explicit OneUpload(Bytes body) : plain(std::move(body)), source(plain) {}

    Bytes plain;
    test::BytesSource source;
    UploadStatus status;
    std::optional<Result<UploadResult>> result;
};

using Uploads = std::vector<std::unique_ptr<OneUpload>>;

asio::awaitable<void> uploadOne(Grid& grid, OneUpload& one)
{
    Result<UploadResult> result = co_await grid.upload(one.source, UploadOptions(), one.status);
    one.result.emplace(std::move(result));
}

enum class Contents { Different, Equal };

Uploads startAll(GridBench& bench, std::size_t count, std::size_t size,
                 Contents contents = Contents::Different)
{
    Uploads all;
    for (std::size_t i = 0; i < count; ++i) {
        const std::uint64_t seed = contents == Contents::Different ? i + 1 : 1;
        all.push_back(std::make_unique<OneUpload>(test::plaintext(size, seed)));
        asio::co_spawn(bench.engine, uploadOne(*bench.grid, *all.back()), asio::detached);
    }
    return all;
}

/// Every server takes `delay` for a write.
/// \return how many shares were being written when most were.
std::shared_ptr<std::size_t> watchWrites(GridBench& bench, Duration delay)
{
    auto most = std::make_shared<std::size_t>(0);
    for (const auto& server : bench.servers) {
        server->store->setPlan([&bench, most, delay](StoreCall call, std::uint64_t) {
            Fault fault;
            if (call == StoreCall::Write) {
                *most = std::max(*most, bench.uploadsOpen());
                fault.delay = delay;
            }
            return fault;
        });
    }
    return most;
}

} // namespace

class TestUploadCrowd final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    /// 32 MiB of buffers: 128 small uploads, or two large ones.
    void onlySoManyAreSentAtATime_data()
    {
        QTest::addColumn<int>("count");
        QTest::addColumn<int>("size");
        QTest::addColumn<int>("atATime");
        QTest::newRow("small") << 300 << 1'000 << 128;
        QTest::newRow("large") << 5 << 6'000'000 << 2;
    }
    void onlySoManyAreSentAtATime()
    {
        QFETCH(int, count);
        QFETCH(int, size);
        QFETCH(int, atATime);
        GridBench bench;
        const auto most = watchWrites(bench, milliseconds(100));
        const Uploads all =
            startAll(bench, static_cast<std::size_t>(count), static_cast<std::size_t>(size));
        bench.settle();
        for (const auto& one : all) {
            QVERIFY(one->result.has_value());
            QVERIFY2(*one->result, *one->result ? "" : one->result->error().text().c_str());
        }
        QCOMPARE(*most, static_cast<std::size_t>(atATime) * 10);
        QCOMPARE(bench.uploadsOpen(), std::size_t(0));
    }

    /// Each server refuses a share that somebody else writes.
    void equalFilesGoOneAfterTheOther()
    {
        GridBench bench;
        const auto most = watchWrites(bench, milliseconds(100));
        const Uploads all = startAll(bench, 8, 1'000'000, Contents::Equal);
        bench.settle();
        std::size_t pushed = 0;
        for (const auto& one : all) {
            QVERIFY(one->result.has_value());
            QVERIFY2(*one->result, *one->result ? "" : one->result->error().text().c_str());
            QCOMPARE((*one->result)->readCap, (*all.front()->result)->readCap);
            pushed += (*one->result)->pushedShares;
        }
        QCOMPARE(pushed, std::size_t(10));
        QCOMPARE(*most, std::size_t(10));
        QCOMPARE(bench.uploadsOpen(), std::size_t(0));
    }
    void theNextOneFollowsWhoFails()
    {
        GridBench bench;
        watchWrites(bench, std::chrono::minutes(4));
        const Uploads stuck = startAll(bench, 1, 1'000'000, Contents::Equal);
        bench.clock.runUntil(bench.engine, seconds(10), [] { return false; });
        watchWrites(bench, milliseconds(100));
        const Uploads next = startAll(bench, 2, 1'000'000, Contents::Equal);
        bench.settle();
        QVERIFY(stuck.front()->result.has_value());
        for (const auto& one : next) {
            QVERIFY(one->result.has_value());
            QVERIFY2(*one->result, *one->result ? "" : one->result->error().text().c_str());
        }
        QCOMPARE(bench.uploadsOpen(), std::size_t(0));
    }

    void stuckUploadsDoNotHoldUpTheOthersForLong()
    {
        GridBench bench;
        const auto most = watchWrites(bench, std::chrono::minutes(4));
        const Uploads stuck = startAll(bench, 128, 1'000);
        bench.clock.runUntil(bench.engine, seconds(10), [] { return false; });
        QCOMPARE(*most, std::size_t(1280));
        watchWrites(bench, milliseconds(100));
        const TimePoint begun = bench.clock.now();
        const Uploads next = startAll(bench, 1, 1'001);
        bench.clock.runUntil(bench.engine, seconds(60),
                             [&] { return next.front()->result.has_value(); });
        QVERIFY(next.front()->result.has_value());
        QVERIFY(next.front()->result->has_value());
        QVERIFY(bench.clock.now() - begun < seconds(5));
        bench.settle();
        for (const auto& one : stuck)
            QVERIFY(one->result.has_value());
    }
};

QTEST_GUILESS_MAIN(TestUploadCrowd)
#include "test_upload_crowd.moc"
