#include "core/base/executor.h"
#include "tests/support/engine.h"
#include "tests/support/fake_clock.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <QtTest/QTest>

using namespace tarn;

namespace {

asio::awaitable<Result<int>> answerAfter(Clock& clock, Duration delay)
{
    co_await clock.sleep(delay);
    co_return 42;
}

Result<int> runWithDeadline(Duration delay, Duration limit)
{
    test::FakeClock clock;
    asio::io_context engine;
    std::optional<Result<int>> out;
    asio::co_spawn(
        engine,
        [&]() -> asio::awaitable<void> {
            asio::awaitable<Result<int>> work = answerAfter(clock, delay);
            out = co_await withDeadline<int>(clock, limit, "answer", std::move(work));
        },
        asio::detached);
    clock.runUntil(engine, std::chrono::hours(1), [&] { return out.has_value(); });
    return out ? *out : Result<int>(Error(ErrorCode::Internal, "never ended"));
}

asio::awaitable<Result<int>> neverAnswer(Clock& clock)
{
    for (;;)
        co_await clock.sleep(std::chrono::hours(1));
}

/// Waits five seconds for an answer, and keeps what came of it.
asio::awaitable<bool> keepAnswer(Clock& clock, std::optional<Result<int>>& out)
{
    asio::awaitable<Result<int>> work = neverAnswer(clock);
    out = co_await withDeadline<int>(clock, std::chrono::seconds(5), "answer", std::move(work));
    co_return true;
}

} // namespace

class TestExecutor final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void deadlineLetsQuickWorkThrough()
    {
        const Result<int> out = runWithDeadline(std::chrono::seconds(1), std::chrono::seconds(2));
        QVERIFY(out);
        QCOMPARE(*out, 42);
    }
    void givingUpIsNoTimeout()
    {
        test::Engine engine;
        std::optional<Result<int>> out;
        QVERIFY(!engine.run(keepAnswer(engine.clock(), out), std::chrono::seconds(1)));
        QVERIFY(out);
        QVERIFY(!*out);
        QCOMPARE(out->error().code(), ErrorCode::Cancelled);
    }
    void deadlineEndsSlowWork()
    {
        const Result<int> out = runWithDeadline(std::chrono::seconds(3), std::chrono::seconds(2));
        QVERIFY(!out);
        QCOMPARE(out.error().code(), ErrorCode::Timeout);
        QVERIFY(out.error().message().find("answer took longer than 2000 ms") == 0);
    }
    void poolJobsComeBackToTheEngine()
    {
        asio::io_context engine;
        const std::unique_ptr<WorkPool> pool = makeThreadPool(2, "test");
        std::thread::id ranOn;
        std::thread::id cameBackOn;
        asio::co_spawn(
            engine,
            [&]() -> asio::awaitable<void> {
                auto job = [] { return std::this_thread::get_id(); };
                ranOn = co_await runOn(*pool, job);
                cameBackOn = std::this_thread::get_id();
            },
            asio::detached);
        engine.run();
        QVERIFY(ranOn != std::this_thread::get_id());
        QVERIFY(cameBackOn == std::this_thread::get_id());
    }
};

QTEST_GUILESS_MAIN(TestExecutor)
#include "test_executor.moc"
