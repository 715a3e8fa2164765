#include "client-gateway/cli/options.h"

#include <QtTest/QtTest>

using namespace tarn;
using namespace tarn::gateway::cli;

namespace {

std::variant<Options, Stop> parse(std::vector<std::string> arguments)
{
    return parseOptions(std::move(arguments), {});
}

template <class CommandType>
CommandType command(std::vector<std::string> arguments)
{
    const std::variant<Options, Stop> parsed = parse(std::move(arguments));
    const auto* options = std::get_if<Options>(&parsed);
    if (!options) qFatal("%s", std::get<Stop>(parsed).text.c_str());
    return std::get<CommandType>(options->command);
}

} // namespace

class TestCliOptions final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void putTakesAFile()
    {
        const auto put = command<PutCommand>({"put", "a.txt"});
        QCOMPARE(put.file, std::string("a.txt"));
        QVERIFY(!put.dryRun);
        QCOMPARE(command<PutCommand>({"put", "-"}).file, std::string("-"));
    }
    void dryRunTakesItsShape()
    {
        const auto put =
            command<PutCommand>({"put", "--dry-run", "--needed", "2", "--total", "5",
                                 "--segment-size", "131072", "--convergence", "aaaa", "-"});
        QVERIFY(put.dryRun);
        QCOMPARE(put.dryRun->needed, 2U);
        QCOMPARE(put.dryRun->total, 5U);
        QCOMPARE(put.dryRun->segmentSize, std::uint64_t{131072});
        QCOMPARE(*put.dryRun->convergence, std::string("aaaa"));
        QCOMPARE(put.file, std::string("-"));
        const auto usual = command<PutCommand>({"put", "--dry-run", "f"});
        QCOMPARE(usual.dryRun->needed, 3U);
        QCOMPARE(usual.dryRun->total, 10U);
        QCOMPARE(usual.dryRun->segmentSize, std::uint64_t{1'048'576});
        QVERIFY(!usual.dryRun->convergence);
        const auto empty = command<PutCommand>({"put", "--dry-run", "--convergence", "", "f"});
        QCOMPARE(empty.dryRun->convergence.value_or("none"), std::string());
    }
    void getTakesACapAndAFile()
    {
        const auto get = command<GetCommand>({"get", "URI:LIT:", "out"});
        QCOMPARE(get.cap.text, std::string("URI:LIT:"));
        QCOMPARE(get.file, std::string("out"));
        QCOMPARE(command<GetCommand>({"get", "URI:LIT:"}).file, std::string("-"));
        QCOMPARE(command<GetCommand>({"get", "-", "out"}).cap.file, std::string("-"));
        const auto fromFile = command<GetCommand>({"get", "--cap-file", "c", "out"});
        QCOMPARE(fromFile.cap.file, std::string("c"));
        QCOMPARE(fromFile.file, std::string("out"));
    }
    void checkTakesFlags()
    {
        const auto check =
            command<CheckCommand>({"check", "--verify", "--repair", "--add-lease", "URI:LIT:"});
        QVERIFY(check.verify && check.repair && check.addLease);
        QCOMPARE(check.cap.text, std::string("URI:LIT:"));
        QVERIFY(!command<CheckCommand>({"check", "URI:LIT:"}).verify);
    }
    void globalOptionsStandAnywhere()
    {
        for (const auto& arguments : {std::vector<std::string>{"-d", "S", "--json", "status"},
                                      std::vector<std::string>{"status", "-d", "S", "--json"}}) {
            const auto parsed = parse(arguments);
            const auto* options = std::get_if<Options>(&parsed);
            QVERIFY(options);
            QCOMPARE(options->gateway.stateDirectory, std::string("S"));
            QVERIFY(options->json);
        }
        const auto url = parse({"--gateway", "http://127.0.0.1:1", "status"});
        QCOMPARE(*std::get<Options>(url).gateway.url, std::string("http://127.0.0.1:1"));
    }
    void stateComesFromTheEnvironment()
    {
        const auto given = parseOptions({"status"}, "E");
        QCOMPARE(std::get<Options>(given).gateway.stateDirectory, std::string("E"));
        const auto usual = parseOptions({"status"}, {});
        QCOMPARE(std::get<Options>(usual).gateway.stateDirectory,
                 std::string("/var/lib/tarn/gateway"));
    }
    void helpAndVersionSucceed()
    {
        for (const auto& arguments :
             {std::vector<std::string>{"--help"}, std::vector<std::string>{"put", "--help"},
              std::vector<std::string>{"--version"}}) {
            const auto parsed = parse(arguments);
            const auto* stop = std::get_if<Stop>(&parsed);
            QVERIFY(stop);
            QCOMPARE(stop->exitCode, kOk);
            QVERIFY(!stop->text.empty());
        }
    }
    void refuses_data()
    {
        QTest::addColumn<QStringList>("arguments");
        const auto row = [](const QStringList& arguments) {
            QTest::newRow(qPrintable("'" + arguments.join(' ') + "'")) << arguments;
        };
        row({});
        row({"nonsense"});
        row({"put"});
        row({"put", "a", "b"});
        row({"put", "--needed", "3", "a"});
        row({"put", "--dry-run", "--needed", "0", "a"});
        row({"put", "--dry-run", "--needed", "11", "a"});
        row({"put", "--dry-run", "--total", "257", "a"});
        row({"put", "--dry-run", "--segment-size", "0", "a"});
        row({"put", "--dry-run", "--segment-size", "big", "a"});
        row({"get"});
        row({"get", "a", "b", "c"});
        row({"get", "--cap-file", "a", "b", "c"});
        row({"check"});
        row({"check", "a", "b"});
        row({"check", "--unknown", "a"});
        row({"status", "extra"});
    }
    void refuses()
    {
        QFETCH(QStringList, arguments);
        std::vector<std::string> given;
        for (const QString& argument : arguments)
            given.push_back(argument.toStdString());
        const auto parsed = parse(given);
        const auto* stop = std::get_if<Stop>(&parsed);
        QVERIFY(stop);
        QCOMPARE(stop->exitCode, kBadUsage);
        QVERIFY(stop->text.starts_with("tarn: "));
    }
};

QTEST_GUILESS_MAIN(TestCliOptions)
#include "test_cli_options.moc"
