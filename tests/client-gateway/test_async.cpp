#include "client-gateway/async/gate.h"
#include "client-gateway/async/parallel.h"
#include "client-gateway/async/signal.h"
#include "client-gateway/async/task_group.h"
#include "core/base/executor.h"
#include "tests/support/fake_clock.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::gateway;
using std::chrono::seconds;

namespace {

struct Counter
{
    int started = 0;
    int unwound = 0;
};

struct Unwinding
{
    explicit Unwinding(std::shared_ptr<Counter> counter) : m_counter(std::move(counter))
    {
        ++m_counter->started;
    }
    ~Unwinding() { ++m_counter->unwound; }
    Unwinding(const Unwinding&) = delete;
    Unwinding& operator=(const Unwinding&) = delete;

private:
    std::shared_ptr<Counter> m_counter;
};

asio::awaitable<Result<int>> answerAfter(Clock& clock, int value, std::shared_ptr<Counter> counter)
{
    const Unwinding unwinding(counter);
    co_await clock.sleep(seconds(value));
    co_return value;
}

asio::awaitable<void> sleepOnly(Clock& clock, int value, std::shared_ptr<Counter> counter)
{
    co_await answerAfter(clock, value, std::move(counter));
}

asio::awaitable<Result<std::vector<Result<int>>>> threeAnswers(Clock& clock,
                                                               std::shared_ptr<Counter> counter)
{
    std::vector<asio::awaitable<Result<int>>> work;
    for (const int value : {3, 1, 2})
        work.push_back(answerAfter(clock, value, counter));
    co_return co_await allOf(std::move(work));
}

asio::awaitable<Result<int>> throwing()
{
    throw std::runtime_error("on purpose");
    co_return 1;
}

/// Enters, notes its name, stays for a while.
asio::awaitable<void> visit(Gate& gate, Clock& clock, std::uint64_t weight, seconds stay,
                            std::string& order, char name)
{
    const Gate::Permit permit = co_await gate.enter(weight);
    order += name;
    co_await clock.sleep(stay);
}

} // namespace

class TestAsync final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void gateLetsInWhatFitsInOrder()
    {
        test::FakeClock clock;
        asio::io_context engine;
        Gate gate(engine.get_executor(), clock, 10, seconds(100));
        std::string order;
        TaskGroup group(engine.get_executor());
        group.spawn(visit(gate, clock, 6, seconds(5), order, 'a'));
        group.spawn(visit(gate, clock, 5, seconds(5), order, 'b'));
        group.spawn(visit(gate, clock, 1, seconds(5), order, 'c'));  // would fit, but b was first
        group.spawn(visit(gate, clock, 99, seconds(5), order, 'd')); // only alone
        engine.poll();
        QCOMPARE(order, std::string("a"));
        QCOMPARE(gate.weightInside(), 6U);
        QCOMPARE(gate.waiting(), 3U);
        clock.runUntil(engine, seconds(9), [&] { return order == "abc"; });
        QCOMPARE(gate.weightInside(), 6U);
        clock.runUntil(engine, seconds(100), [&] { return group.running() == 0; });
        QCOMPARE(order, std::string("abcd"));
        QCOMPARE(gate.weightInside(), 0U);
    }
    void gateOpensWhenThoseInsideAreStuck()
    {
        test::FakeClock clock;
        asio::io_context engine;
        Gate gate(engine.get_executor(), clock, 10, seconds(2));
        std::string order;
        TaskGroup group(engine.get_executor());
        group.spawn(visit(gate, clock, 10, seconds(1000), order, 'a'));
        group.spawn(visit(gate, clock, 10, seconds(1), order, 'b'));
        group.spawn(visit(gate, clock, 10, seconds(1), order, 'c'));
        clock.runUntil(engine, seconds(100), [&] { return group.running() == 1; });
        QCOMPARE(order, std::string("abc"));
        QCOMPARE(gate.weightInside(), 10U);
    }
    void gateTriedLetsInOnlyWhereThereIsRoom()
    {
        test::FakeClock clock;
        asio::io_context engine;
        Gate gate(engine.get_executor(), clock, 10, seconds(100));
        Gate::Permit first = gate.tryEnter(6);
        QVERIFY(first);
        QVERIFY(!gate.tryEnter(5));
        QCOMPARE(gate.weightInside(), 6U);
        std::string order;
        TaskGroup group(engine.get_executor());
        group.spawn(visit(gate, clock, 5, seconds(5), order, 'a'));
        engine.poll();
        QVERIFY(!gate.tryEnter(1)); // would fit, but another one waits
        first = Gate::Permit();
        engine.poll();
        QCOMPARE(order, std::string("a"));
        QVERIFY(gate.tryEnter(5));
        QCOMPARE(gate.weightInside(), 5U);
    }
    void gateForgetsWhoIsCancelled()
    {
        test::FakeClock clock;
        asio::io_context engine;
        Gate gate(engine.get_executor(), clock, 10, seconds(100));
        std::string order;
        auto inside = std::make_unique<TaskGroup>(engine.get_executor());
        auto waiting = std::make_unique<TaskGroup>(engine.get_executor());
        TaskGroup patient(engine.get_executor());
        inside->spawn(visit(gate, clock, 10, seconds(1000), order, 'a'));
        waiting->spawn(visit(gate, clock, 10, seconds(1), order, 'b'));
        patient.spawn(visit(gate, clock, 10, seconds(1), order, 'c'));
        engine.poll();
        waiting.reset();
        engine.poll();
        QCOMPARE(gate.waiting(), 1U);
        inside.reset();
        clock.runUntil(engine, seconds(10), [&] { return patient.running() == 0; });
        QCOMPARE(order, std::string("ac"));
        QCOMPARE(gate.weightInside(), 0U);
        QCOMPARE(gate.waiting(), 0U);
    }
    void allOfKeepsTheOrder()
    {
        test::FakeClock clock;
        asio::io_context engine;
        auto counter = std::make_shared<Counter>();
        std::optional<Result<std::vector<Result<int>>>> out;
        auto run = [&]() -> asio::awaitable<void> { out = co_await threeAnswers(clock, counter); };
        asio::co_spawn(engine, run, asio::detached);
        clock.runUntil(engine, seconds(100), [&] { return out.has_value(); });
        QVERIFY(out && *out);
        const std::vector<Result<int>>& results = **out;
        QCOMPARE(results.size(), std::size_t(3));
        QCOMPARE(*results[0], 3);
        QCOMPARE(*results[1], 1);
        QCOMPARE(*results[2], 2);
    }
    void allOfEndsItsChildrenWhenCancelled()
    {
        test::FakeClock clock;
        asio::io_context engine;
        auto counter = std::make_shared<Counter>();
        std::optional<Result<std::vector<Result<int>>>> out;
        auto run = [&]() -> asio::awaitable<void> {
            asio::awaitable<Result<std::vector<Result<int>>>> work = threeAnswers(clock, counter);
            out = co_await withDeadline<std::vector<Result<int>>>(
                clock, std::chrono::milliseconds(1500), "three answers", std::move(work));
        };
        asio::co_spawn(engine, run, asio::detached);
        clock.runUntil(engine, seconds(100), [&] { return out.has_value(); });
        QVERIFY(out && !*out);
        QCOMPARE(out->error().code(), ErrorCode::Timeout);
        QCOMPARE(counter->started, 3);
        QCOMPARE(counter->unwound, 3);
        QVERIFY(!clock.hasSleepers());
    }
    void anExceptionOfOneChildIsItsError()
    {
        asio::io_context engine;
        std::vector<Result<int>> out;
        auto run = [&]() -> asio::awaitable<void> {
            std::vector<asio::awaitable<Result<int>>> work;
            work.push_back(throwing());
            out = co_await allOf(std::move(work));
        };
        asio::co_spawn(engine, run, asio::detached);
        engine.run();
        QCOMPARE(out.size(), std::size_t(1));
        QVERIFY(!out[0]);
        QCOMPARE(out[0].error().code(), ErrorCode::Internal);
    }
    void noWorkIsNoResult()
    {
        asio::io_context engine;
        bool empty = false;
        auto run = [&]() -> asio::awaitable<void> {
            std::vector<asio::awaitable<Result<int>>> none;
            const std::vector<Result<int>> results = co_await allOf(std::move(none));
            empty = results.empty();
        };
        asio::co_spawn(engine, run, asio::detached);
        engine.run();
        QVERIFY(empty);
    }
    void aGroupCancelsItsChildrenWhenItGoes()
    {
        test::FakeClock clock;
        asio::io_context engine;
        auto counter = std::make_shared<Counter>();
        {
            TaskGroup group(engine.get_executor());
            group.spawn(sleepOnly(clock, 5, counter));
            group.spawn(sleepOnly(clock, 6, counter));
            engine.poll();
            QCOMPARE(group.running(), std::size_t(2));
        }
        engine.restart();
        engine.poll();
        QCOMPARE(counter->unwound, 2);
        QVERIFY(!clock.hasSleepers());
    }
    void aSignalWakesAllWhoWait()
    {
        asio::io_context engine;
        Signal signal(engine.get_executor());
        int woken = 0;
        auto wait = [&]() -> asio::awaitable<void> {
            co_await signal.wait();
            ++woken;
        };
        signal.notifyAll();
        asio::co_spawn(engine, wait, asio::detached);
        asio::co_spawn(engine, wait, asio::detached);
        engine.poll();
        QCOMPARE(woken, 0);
        signal.notifyAll();
        engine.restart();
        engine.poll();
        QCOMPARE(woken, 2);
    }
    void aCancelledWaitIsAborted()
    {
        asio::io_context engine;
        Signal signal(engine.get_executor());
        asio::cancellation_signal cancel;
        boost::system::error_code code;
        auto done = [&code](const std::exception_ptr& thrown) {
            try {
                if (thrown) std::rethrow_exception(thrown);
            } catch (const boost::system::system_error& e) {
                code = e.code();
            }
        };
        asio::co_spawn(engine, signal.wait(), asio::bind_cancellation_slot(cancel.slot(), done));
        engine.poll();
        asio::post(engine, [&cancel] { cancel.emit(asio::cancellation_type::terminal); });
        engine.restart();
        engine.poll();
        QVERIFY(code == asio::error::operation_aborted);
    }
};

QTEST_GUILESS_MAIN(TestAsync)
#include "test_async.moc"
