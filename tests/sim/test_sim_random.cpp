// TARN_SIM_SEEDS=N runs N seeds instead of a few dozen; TARN_SEED=N replays one, TARN_SIM_TRACE=1
// prints what happens in it.
#include "tests/sim/random_scenario.h"

#include <QtTest/QtTest>

using namespace tarn;
using test::ScenarioReport;

namespace {

constexpr int kSeeds = 30;
constexpr int kTwice = 4; ///< of them, run twice

std::uint64_t firstSeed()
{
    return qEnvironmentVariableIsSet("TARN_SEED") ? qgetenv("TARN_SEED").toULongLong() : 1;
}

std::uint64_t seedCount(int otherwise)
{
    if (qEnvironmentVariableIsSet("TARN_SEED")) return 1;
    const QByteArray wanted = qgetenv("TARN_SIM_SEEDS");
    return wanted.isEmpty() ? static_cast<std::uint64_t>(otherwise) : wanted.toULongLong();
}

std::string onFailure(std::uint64_t seed, const std::string& failure)
{
    return failure + " (replay: TARN_SEED=" + std::to_string(seed) + " TARN_SIM_TRACE=1)";
}

} // namespace

class TestSimRandom final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void invariantsHold()
    {
        ScenarioReport all;
        for (std::uint64_t i = 0; i < seedCount(kSeeds); ++i) {
            const std::uint64_t seed = firstSeed() + i;
            const ScenarioReport report = test::runScenario(seed);
            QVERIFY2(report.failure.empty(), onFailure(seed, report.failure).c_str());
            all.operations += report.operations;
            all.succeeded += report.succeeded;
            all.faults += report.faults;
            all.longest = std::max(all.longest, report.longest);
        }
        qInfo("%u operations, %u succeeded, %u changes, the longest took %.0f s", all.operations,
              all.succeeded, all.faults, static_cast<double>(all.longest.count()) / 1e9);
        // Else the faults drown what they are to test.
        QVERIFY(all.succeeded * 2 > all.operations || seedCount(kSeeds) == 1);
    }
    void sameSeedSameRun()
    {
        for (std::uint64_t i = 0; i < std::min<std::uint64_t>(seedCount(kTwice), kTwice); ++i) {
            const std::uint64_t seed = firstSeed() + i;
            const ScenarioReport one = test::runScenario(seed);
            const ScenarioReport other = test::runScenario(seed);
            QVERIFY2(one.traceHash == other.traceHash, onFailure(seed, "two runs differ").c_str());
        }
    }
};

QTEST_GUILESS_MAIN(TestSimRandom)
#include "test_sim_random.moc"
