#include "client-gateway/web/cpu_monitor.h"
#include "tests/support/fake_clock.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::gateway::web;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

struct Rig
{
    explicit Rig(Duration initial = Duration(0)) : used(initial)
    {
        asio::co_spawn(engine, monitor.watch(), asio::detached);
        engine.poll();
    }
    ~Rig() { engine.stop(); }

    /// A minute in which the process takes so much.
    void minute(Duration taken)
    {
        used += taken;
        clock.advance(minutes(1));
        engine.restart();
        engine.poll();
    }

    Duration used;
    test::FakeClock clock;
    asio::io_context engine;
    CpuMonitor monitor{clock, [this] { return used; }};
};

} // namespace

class TestCpuMonitor final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void averagesComeAfterTheirTime()
    {
        Rig rig;
        QCOMPARE(rig.monitor.stats().size(), std::size_t{1});
        for (int i = 1; i <= 20; ++i) {
            rig.minute(seconds(6));
            const auto stats = rig.monitor.stats();
            QCOMPARE(stats.count("cpu_monitor.1min_avg"), std::size_t{1});
            QCOMPARE(stats.count("cpu_monitor.5min_avg"), std::size_t(i >= 5 ? 1 : 0));
            QCOMPARE(stats.count("cpu_monitor.15min_avg"), std::size_t(i >= 15 ? 1 : 0));
            QCOMPARE(stats.at("cpu_monitor.1min_avg"), 0.1);
        }
        QCOMPARE(rig.monitor.stats().at("cpu_monitor.15min_avg"), 0.1);
    }
    void onlyTheLastMinutesCount()
    {
        Rig rig;
        for (int i = 0; i < 15; ++i)
            rig.minute(seconds(60));
        rig.minute(seconds(0));
        const auto stats = rig.monitor.stats();
        QCOMPARE(stats.at("cpu_monitor.1min_avg"), 0.0);
        QCOMPARE(stats.at("cpu_monitor.5min_avg"), 0.8);
        QCOMPARE(stats.at("cpu_monitor.15min_avg"), 14.0 / 15);
    }
    void theTotalBeginsWithTheMonitor()
    {
        Rig rig(seconds(100));
        rig.minute(seconds(90));
        QCOMPARE(rig.monitor.stats().at("cpu_monitor.total"), 90.0);
        QCOMPARE(rig.monitor.stats().at("cpu_monitor.1min_avg"), 1.5);
        rig.used += seconds(1);
        QCOMPARE(rig.monitor.stats().at("cpu_monitor.total"), 91.0);
    }
    void theProcessTakesTime()
    {
        const Duration before = processCpuTime();
        QVERIFY(before > Duration(0));
        volatile unsigned sum = 0;
        for (unsigned i = 0; i < 5'000'000; ++i)
            sum = sum + i;
        QVERIFY(processCpuTime() > before);
    }
};

QTEST_GUILESS_MAIN(TestCpuMonitor)
#include "test_cpu_monitor.moc"
