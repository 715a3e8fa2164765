// Two gateways edit the same files and directories while servers are lost, late and lying: no
// acknowledged edit is lost, no torn version is returned.
// TARN_SIM_SEEDS=N runs N seeds of each kind instead of eight, from TARN_SIM_FIRST=N (1) on;
// TARN_SIM_SEED=N runs one alone, TARN_SIM_TRACE=1 prints what happens in it.
#include "core/base/log.h"
#include "tests/sim/two_gateways.h"

#include <QtTest/QTest>

using namespace tarn;
using test::EditReport;

namespace {

constexpr std::uint64_t kSeeds = 8;
constexpr std::uint64_t kPerRow = 4;

std::uint64_t fromEnvironment(const char* name, std::uint64_t otherwise)
{
    const QByteArray value = qgetenv(name);
    return value.isEmpty() ? otherwise : value.toULongLong();
}

using Scenario = EditReport (*)(std::uint64_t seed);

struct Kind
{
    const char* name;
    Scenario run;
};

constexpr std::array<Kind, 3> kKinds{{{"appends", test::runAppends},
                                      {"patches", test::runPatches},
                                      {"directory", test::runDirectory}}};

} // namespace

class TestSimEdits final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase()
    {
        if (!qEnvironmentVariableIsSet("TARN_SIM_SEED"))
            log::configure(log::Level::Error, log::Format::Text);
    }
    void nothingIsLostOrTorn_data()
    {
        QTest::addColumn<int>("kind");
        QTest::addColumn<quint64>("first");
        QTest::addColumn<quint64>("end");
        const bool alone = qEnvironmentVariableIsSet("TARN_SIM_SEED");
        const std::uint64_t first = fromEnvironment(alone ? "TARN_SIM_SEED" : "TARN_SIM_FIRST", 1);
        const std::uint64_t end = first + (alone ? 1 : fromEnvironment("TARN_SIM_SEEDS", kSeeds));
        for (std::size_t kind = 0; kind < kKinds.size(); ++kind)
            for (std::uint64_t row = first; row < end; row += kPerRow)
                QTest::addRow("%s, seeds from %llu", kKinds[kind].name,
                              static_cast<unsigned long long>(row))
                    << static_cast<int>(kind) << quint64(row)
                    << quint64(std::min(row + kPerRow, end));
    }
    void nothingIsLostOrTorn()
    {
        QFETCH(int, kind);
        QFETCH(quint64, first);
        QFETCH(quint64, end);
        std::string failures;
        for (quint64 seed = first; seed < end; ++seed) {
            const EditReport report = kKinds[static_cast<std::size_t>(kind)].run(seed);
            if (!report.failure.empty())
                failures += "\n seed " + std::to_string(seed) + ": " + report.failure;
            m_operations += report.operations;
            m_succeeded += report.succeeded;
            m_troubles += report.troubles;
        }
        QVERIFY2(failures.empty(), failures.c_str());
    }
    void faultsAndSuccessesAreInBalance()
    {
        qInfo("%u operations, %u succeeded, %u troubles", m_operations, m_succeeded, m_troubles);
        QVERIFY(m_succeeded * 2 > m_operations);
    }

private:
    unsigned m_operations = 0;
    unsigned m_succeeded = 0;
    unsigned m_troubles = 0;
};

QTEST_GUILESS_MAIN(TestSimEdits)
#include "test_sim_edits.moc"
