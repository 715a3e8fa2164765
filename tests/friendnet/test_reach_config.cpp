#include "profiles/friendnet/reach_config.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::profiles;

namespace {

Result<ReachConfig> read(const std::string& text)
{
    TARN_TRY(ConfigReader reader, ConfigReader::parse(text, "node.toml"));
    ReachConfig out = readReach(reader);
    TARN_TRY_VOID(reader.finish());
    return out;
}

} // namespace

class TestReachConfig final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void allIsOnByDefault()
    {
        const Result<ReachConfig> config = read("");
        QVERIFY(config && config->interfaces && config->mapping && config->seen);
        QVERIFY(config->excluded.empty() && config->excludedInterfaces.empty());
    }
    void readsItsOwnPrint()
    {
        const Result<ReachConfig> config =
            read("[reach]\ninterfaces = false\nmapping = false\nseen = false\n"
                 "exclude = [\"192.168.7.0/24\", \"docker0\", \"fd00::1\"]\n");
        QVERIFY(config);
        QVERIFY(!config->interfaces && !config->mapping && !config->seen);
        QVERIFY(config->excludes(asio::ip::make_address("192.168.7.3")));
        QVERIFY(config->excludes(asio::ip::make_address("fd00::1")));
        QVERIFY(!config->excludes(asio::ip::make_address("192.168.8.3")));
        QCOMPARE(config->excludedInterfaces.front(), std::string("docker0"));
        ConfigWriter out;
        printReach(out, *config);
        const Result<ReachConfig> again = read(out.text());
        QVERIFY(again && *again == *config);
    }
    void refusesWhatIsNeither()
    {
        for (const char* text : {"\"192.168.7.0/40\"", "\"\"", "\"a name\"", "\"1.2.3\"",
                                 "\"far-too-long-a-name\"", "\"a/b\""}) {
            const Result<ReachConfig> config =
                read("[reach]\nexclude = [" + std::string(text) + "]\n");
            QVERIFY2(!config, text);
            QVERIFY(config.error().message().find("[reach] exclude") != std::string::npos);
        }
        QVERIFY(!read("[reach]\nupnp = true\n"));
    }
};

QTEST_GUILESS_MAIN(TestReachConfig)
#include "test_reach_config.moc"
