#include "core/base/executor.h"
#include "tests/support/fake_clock.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <QtTest/QTest>

#include <vector>

using namespace tarn;
using namespace std::chrono_literals;

namespace {

asio::awaitable<void> sleepThenTell(Clock& clock, Duration time, std::vector<int>& ended, int name)
{
    co_await clock.sleep(time);
    ended.push_back(name);
}

} // namespace

class TestFakeClock final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void sleepersWakeInTheirOrder()
    {
        std::vector<int> ended;
        start(3s, ended, 3);
        start(1s, ended, 1);
        start(2s, ended, 2);
        const TimePoint begin = m_clock.now();
        QVERIFY(m_clock.runUntil(m_engine, 10s, [&] { return ended.size() == 3; }));
        QCOMPARE(ended, (std::vector<int>{1, 2, 3}));
        QCOMPARE(m_clock.now() - begin, Duration(3s));
    }
    void theLimitIsKept()
    {
        std::vector<int> ended;
        start(3s, ended, 3);
        const TimePoint begin = m_clock.now();
        QVERIFY(!m_clock.runUntil(m_engine, 2s, [&] { return !ended.empty(); }));
        QCOMPARE(m_clock.now() - begin, Duration(2s));
        QVERIFY(m_clock.runUntil(m_engine, 1s, [&] { return !ended.empty(); }));
    }
    void whatIsDueAtTheLimitHappens()
    {
        std::vector<int> ended;
        start(0s, ended, 0);
        QVERIFY(m_clock.runUntil(m_engine, 0s, [&] { return !ended.empty(); }));
        start(2s, ended, 2);
        QVERIFY(m_clock.runUntil(m_engine, 2s, [&] { return ended.size() == 2; }));
    }
    void withNothingToWaitForItEnds()
    {
        QVERIFY(!m_clock.runUntil(m_engine, 1h, [] { return false; }));
    }

private:
    void start(Duration time, std::vector<int>& ended, int name)
    {
        asio::co_spawn(m_engine, sleepThenTell(m_clock, time, ended, name), asio::detached);
    }

    test::FakeClock m_clock;
    asio::io_context m_engine;
};

QTEST_GUILESS_MAIN(TestFakeClock)
#include "test_fake_clock.moc"
