// TARN_SIM_SEEDS=N runs N seeds instead of a few dozen, from TARN_SIM_FIRST=N (1) on;
// TARN_SIM_SEED=N runs one alone, TARN_SIM_TRACE=1 prints what happens in it.
#include "core/base/log.h"
#include "tests/sim/random_scenario.h"

#include <QtCore/QCoreApplication>
#include <QtTest/QTest>

using namespace tarn;
using test::ScenarioReport;

namespace {

constexpr std::uint64_t kSeeds = 24;
constexpr std::uint64_t kPerRow = 8;
constexpr std::uint64_t kTwice = 2; ///< of them, run twice

std::uint64_t fromEnvironment(const char* name, std::uint64_t otherwise)
{
    const QByteArray value = qgetenv(name);
    return value.isEmpty() ? otherwise : value.toULongLong();
}

struct Seeds
{
    std::uint64_t first = fromEnvironment("TARN_SIM_FIRST", 1);
    std::uint64_t many = fromEnvironment("TARN_SIM_SEEDS", kSeeds);
    bool alone = qEnvironmentVariableIsSet("TARN_SIM_SEED");

    Seeds()
    {
        if (!alone) return;
        first = fromEnvironment("TARN_SIM_SEED", 1);
        many = 1;
    }
};

std::string onFailure(std::uint64_t seed, const std::string& failure)
{
    const QString program = QCoreApplication::applicationFilePath();
    return failure + "\n   alone: TARN_SIM_SEED=" + std::to_string(seed) + " TARN_SIM_TRACE=1 " +
           program.toStdString();
}

} // namespace

class TestSimRandom final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase()
    {
        // Corrupt shares and dead servers are its everyday life.
        if (!Seeds().alone) log::configure(log::Level::Error, log::Format::Text);
    }
    /// In rows: the test library limits the time of each.
    void invariantsHold_data()
    {
        QTest::addColumn<quint64>("first");
        QTest::addColumn<quint64>("end");
        const Seeds seeds;
        const std::uint64_t end = seeds.first + seeds.many;
        for (std::uint64_t first = seeds.first; first < end; first += kPerRow) {
            const std::uint64_t rowEnd = std::min(first + kPerRow, end);
            QTest::addRow("seeds %llu to %llu", static_cast<unsigned long long>(first),
                          static_cast<unsigned long long>(rowEnd - 1))
                << quint64(first) << quint64(rowEnd);
        }
    }
    void invariantsHold()
    {
        QFETCH(quint64, first);
        QFETCH(quint64, end);
        std::string failures;
        for (quint64 seed = first; seed < end; ++seed) {
            const ScenarioReport report = test::runScenario(seed);
            if (!report.failure.empty()) failures += "\n" + onFailure(seed, report.failure);
            m_all.operations += report.operations;
            m_all.succeeded += report.succeeded;
            m_all.faults += report.faults;
            m_all.longest = std::max(m_all.longest, report.longest);
        }
        QVERIFY2(failures.empty(), failures.c_str());
    }
    void faultsAndSuccessesAreInBalance()
    {
        qInfo("%u operations, %u succeeded, %u changes, the longest took %.0f s", m_all.operations,
              m_all.succeeded, m_all.faults, static_cast<double>(m_all.longest.count()) / 1e9);
        // Else the faults drown what they are to test.
        if (Seeds().many >= kSeeds) QVERIFY(m_all.succeeded * 2 > m_all.operations);
    }
    void sameSeedSameRun()
    {
        const Seeds seeds;
        for (std::uint64_t i = 0; i < std::min(seeds.many, kTwice); ++i) {
            const ScenarioReport one = test::runScenario(seeds.first + i);
            const ScenarioReport other = test::runScenario(seeds.first + i);
            QVERIFY2(one.traceHash == other.traceHash,
                     onFailure(seeds.first + i, "two runs differ").c_str());
        }
    }

private:
    ScenarioReport m_all;
};

QTEST_GUILESS_MAIN(TestSimRandom)
#include "test_sim_random.moc"
