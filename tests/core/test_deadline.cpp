#include "core/net/deadline.h"
#include "tests/support/engine.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace std::chrono_literals;

namespace {

struct Watched
{
    Watched()
        : begin(engine.clock().now()),
          watch(std::make_unique<net::DeadlineWatch>(engine.executor(), engine.clock(),
                                                     [this] { expiredAt = engine.clock().now(); }))
    {
    }
    void at(Duration after) { watch->expireAt(begin + after); }
    void pass(Duration time)
    {
        engine.clock().runUntil(engine.context(), time, [] { return false; });
        engine.settle();
    }
    std::optional<Duration> expiry() const
    {
        return expiredAt ? std::optional<Duration>(*expiredAt - begin) : std::nullopt;
    }

    test::Engine engine;
    TimePoint begin;
    std::optional<TimePoint> expiredAt;
    std::unique_ptr<net::DeadlineWatch> watch;
};

} // namespace

class TestDeadline final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void expiresOnce()
    {
        Watched watched;
        watched.at(5s);
        watched.pass(1h);
        QCOMPARE(watched.expiry(), std::optional<Duration>(5s));
        QVERIFY(watched.watch->expired());
        watched.expiredAt.reset();
        watched.watch->expireAt(watched.engine.clock().now() + 1s);
        watched.pass(1h);
        QVERIFY(!watched.expiry());
    }
    void movesLater()
    {
        Watched watched;
        for (int i = 1; i <= 20; ++i) {
            watched.at(Duration(1s) * (i + 5));
            watched.pass(1s);
        }
        QVERIFY(!watched.expiry());
        watched.pass(1h);
        QCOMPARE(watched.expiry(), std::optional<Duration>(25s));
    }
    void movesEarlier()
    {
        Watched watched;
        watched.at(300s);
        watched.pass(1s);
        watched.at(10s);
        watched.pass(1h);
        QCOMPARE(watched.expiry(), std::optional<Duration>(10s));
    }
    void movesEarlierBeforeItRuns()
    {
        Watched watched;
        watched.at(300s);
        watched.at(10s);
        watched.at(20s);
        watched.pass(1h);
        QCOMPARE(watched.expiry(), std::optional<Duration>(20s));
    }
    void canBeLifted()
    {
        Watched watched;
        watched.at(5s);
        watched.pass(1s);
        watched.watch->expireAt(TimePoint::max());
        watched.pass(1h);
        QVERIFY(!watched.expiry());
        watched.watch->expireAt(watched.engine.clock().now() + 3s);
        watched.pass(1h);
        QVERIFY(watched.expiry());
    }
    /// A watch that had nothing to wait for ends while the next one begins.
    void endsAndBeginsAnew()
    {
        Watched watched;
        for (int i = 0; i < 100; ++i) {
            watched.at(5s);
            watched.watch->expireAt(TimePoint::max());
            watched.engine.context().restart();
            watched.engine.context().poll_one();
            watched.at(300s);
            watched.engine.context().poll_one();
            watched.at(10s);
            watched.engine.context().poll_one();
            watched.watch->expireAt(TimePoint::max());
        }
        watched.at(300s);
        watched.engine.settle();
        watched.at(7s);
        watched.pass(1h);
        QCOMPARE(watched.expiry(), std::optional<Duration>(7s));
    }
    void pastDeadlinesExpireAtOnce()
    {
        Watched watched;
        watched.at(-5s);
        watched.engine.settle();
        QCOMPARE(watched.expiry(), std::optional<Duration>(0s));
    }
    void endsWithItsOwner()
    {
        Watched watched;
        watched.at(5s);
        watched.engine.settle();
        QVERIFY(watched.engine.clock().hasSleepers());
        watched.watch.reset();
        watched.engine.settle();
        QVERIFY(!watched.engine.clock().hasSleepers());
        watched.pass(1h);
        QVERIFY(!watched.expiry());
    }
};

QTEST_GUILESS_MAIN(TestDeadline)
#include "test_deadline.moc"
