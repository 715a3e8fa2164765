#include "client-gateway/cli/options.h"

#include <QtCore/QFile>
#include <QtCore/QStringList>
#include <QtTest/QTest>

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
        QCOMPARE(get.source.text, std::string("URI:LIT:"));
        QCOMPARE(get.file, std::string("out"));
        QCOMPARE(command<GetCommand>({"get", "URI:LIT:"}).file, std::string("-"));
        QCOMPARE(command<GetCommand>({"get", "-", "out"}).source.file, std::string("-"));
        const auto fromFile = command<GetCommand>({"get", "--cap-file", "c", "out"});
        QCOMPARE(fromFile.source.file, std::string("c"));
        QCOMPARE(fromFile.file, std::string("out"));
    }
    void checkTakesFlags()
    {
        const auto check =
            command<CheckCommand>({"check", "--verify", "--repair", "--add-lease", "URI:LIT:"});
        QVERIFY(check.options.verify && check.options.repair && check.options.addLease);
        QCOMPARE(check.sources.size(), std::size_t{1});
        QCOMPARE(check.sources.front().text, std::string("URI:LIT:"));
        QVERIFY(!command<CheckCommand>({"check", "URI:LIT:"}).options.verify);
        const auto deep = command<DeepCheckCommand>({"deep-check", "-v", "a", "b"});
        QVERIFY(deep.options.verbose);
        QCOMPARE(deep.sources.size(), std::size_t{2});
        QVERIFY(command<CheckCommand>({"check"}).sources.empty());
    }
    void copiesTakeSourcesAndATarget()
    {
        const auto copy = command<CopyCommand>({"cp", "-r", "-v", "--caps-only", "a", "b", "c:"});
        QCOMPARE(copy.sources, (std::vector<std::string>{"a", "b"}));
        QCOMPARE(copy.target, std::string("c:"));
        QVERIFY(copy.recursive && copy.verbose && copy.capsOnly);
        QVERIFY(std::holds_alternative<Stop>(parse({"cp", "a"})));
        QVERIFY(std::holds_alternative<Stop>(parse({"cp"})));
        QVERIFY(std::get<Options>(parse({"--progress", "cp", "a", "b"})).progress);
    }
    void bracketsAreNoLists()
    {
        const auto copy = command<CopyCommand>({"cp", "[a,b]", "[", "]", "[x]\x01", "{c}", "[d]"});
        QCOMPARE(copy.sources, (std::vector<std::string>{"[a,b]", "[", "]", "[x]\x01", "{c}"}));
        QCOMPARE(copy.target, std::string("[d]"));
        QCOMPARE(command<BackupCommand>({"backup", "--exclude", "[ab]", "a", "b"}).exclude,
                 (std::vector<std::string>{"[ab]"}));
        QCOMPARE(command<PutCommand>({"put", "[a]"}).file, std::string("[a]"));
    }
    void commandsAndOptionsMayBeNames()
    {
        QCOMPARE(command<PutCommand>({"put", "status", "ls"}).remote, std::string("ls"));
        QCOMPARE(command<CopyCommand>({"cp", "get", "alias", "put"}).target, std::string("put"));
        QCOMPARE(command<PutCommand>({"put", "--", "--json"}).file, std::string("--json"));
    }
    void mistakesSayWhatIsWrong()
    {
        const auto mistake = [](std::vector<std::string> arguments) {
            return std::get<Stop>(parse(std::move(arguments)));
        };
        QCOMPARE(mistake({"bogus"}).text, std::string("there is no command 'bogus'"));
        QVERIFY(!mistake({"bogus"}).json);
        QVERIFY(mistake({"--json", "bogus"}).json);
        QVERIFY(mistake({"cp", "a", "--json"}).json);
        QCOMPARE(mistake({"bogus"}).exitCode, 1);
    }
    void backupsCollectPatterns()
    {
        const auto backup = command<BackupCommand>({"backup", "--exclude", " *.o ", "--exclude=x",
                                                    "-v", "--ignore-timestamps", "a", "b:"});
        QCOMPARE(backup.exclude, (std::vector<std::string>{"*.o", "x"}));
        QCOMPARE(backup.from, std::string("a"));
        QCOMPARE(backup.to, std::string("b:"));
        QVERIFY(backup.verbose && backup.ignoreTimestamps);
        QCOMPARE(command<BackupCommand>({"backup", "--exclude-vcs", "a", "b"}).exclude.size(),
                 std::size_t{18});
        QVERIFY(std::holds_alternative<Stop>(parse({"backup", "a"})));
        QVERIFY(std::holds_alternative<Stop>(
            parse({"backup", "--exclude-from", "/nowhere/x", "a", "b"})));
    }
    void putTakesAPlace()
    {
        const auto put = command<PutCommand>({"put", "-m", "--format=mdmf", "-", "work:a b"});
        QVERIFY(put.isMutable);
        QCOMPARE(put.format, std::string("MDMF"));
        QCOMPARE(put.file, std::string("-"));
        QCOMPARE(put.remote, std::string("work:a b"));
        QCOMPARE(command<PutCommand>({"put"}).file, std::string("-"));
    }
    void namesTakeTheirOptions()
    {
        const auto ls = command<LsCommand>({"ls", "-lF", "--uri", "--readonly-uri", "work:"});
        QVERIFY(ls.longFormat && ls.classify && ls.uri && ls.readOnlyUri);
        QCOMPARE(ls.remote, std::string("work:"));
        QCOMPARE(command<MkdirCommand>({"mkdir", "--format", "mdmf"}).format, std::string("MDMF"));
        QVERIFY(!command<MoveCommand>({"mv", "a", "b"}).keepsOriginal);
        const auto ln = command<MoveCommand>({"ln", "a", "b"});
        QVERIFY(ln.keepsOriginal);
        QCOMPARE(ln.to, std::string("b"));
        QCOMPARE(command<UnlinkCommand>({"rm", "a"}).remote, std::string("a"));
        QVERIFY(command<WebopenCommand>({"webopen", "-i"}).info);
    }
    void aliasesHaveTwoForms()
    {
        for (const auto& words : {std::vector<std::string>{"add-alias", "a", "C"},
                                  std::vector<std::string>{"alias", "add", "a", "C"}}) {
            const auto add = command<AddAliasCommand>(words);
            QCOMPARE(add.name, std::string("a"));
            QCOMPARE(add.cap, std::string("C"));
        }
        QCOMPARE(command<CreateAliasCommand>({"alias", "create", "a:"}).name, std::string("a:"));
        QVERIFY(command<ListAliasesCommand>({"list-aliases", "--readonly-uri"}).readOnly);
        QVERIFY(!command<ListAliasesCommand>({"alias", "list"}).readOnly);
        QCOMPARE(command<RemoveAliasCommand>({"alias", "remove", "a"}).name, std::string("a"));
    }
    void theManualHasEveryCommandAndOption()
    {
        QFile file(TARN_SOURCE_DIR "/installers/man/tarn.1");
        QVERIFY(file.open(QIODevice::ReadOnly));
        const std::string manual = file.readAll().replace("\\-", "-").toStdString();
        const auto requireNames = [&](const CommandShape& shape) {
            QVERIFY2(manual.find(shape.name) != std::string::npos, shape.name.c_str());
            for (const OptionShape& option : shape.options) {
                for (const std::string& name : option.names) {
                    const std::string told = shape.name + " " + name;
                    QVERIFY2(manual.find(name) != std::string::npos, told.c_str());
                }
            }
        };
        const CommandShape program = programShape();
        requireNames(program);
        for (const CommandShape& command : program.subcommands) {
            requireNames(command);
            for (const CommandShape& below : command.subcommands)
                requireNames(below);
        }
    }
    void treesTakeTheirOptions()
    {
        using Show = ManifestCommand::Show;
        QVERIFY(command<ManifestCommand>({"manifest", "-s"}).show == Show::StorageIndex);
        QVERIFY(command<ManifestCommand>({"manifest", "--verify-cap"}).show == Show::VerifyCap);
        QVERIFY(command<ManifestCommand>({"manifest", "--repair-cap"}).show == Show::RepairCap);
        QVERIFY(command<ManifestCommand>({"manifest", "-r"}).raw);
        QVERIFY(command<StatsCommand>({"stats", "-r", "work:"}).raw);
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
    void drainCheckTakesAList()
    {
        const auto parsed = parse({"drain-check", "list", "--server", "v0-a"});
        const auto& command = std::get<DrainCheckCommand>(std::get<Options>(parsed).command);
        QCOMPARE(command.file, std::string("list"));
        QCOMPARE(command.server, std::string("v0-a"));
        const auto plain = parse({"drain-check"});
        QCOMPARE(std::get<DrainCheckCommand>(std::get<Options>(plain).command).file,
                 std::string("-"));
    }
    void theDoctorTakesAConfiguration()
    {
        const auto parsed = parse({"-d", "S", "doctor", "--config", "g.toml", "--json"});
        const auto* options = std::get_if<Options>(&parsed);
        QVERIFY(options);
        QCOMPARE(std::get<DoctorCommand>(options->command).configFile, std::string("g.toml"));
        QVERIFY(options->json);
        const auto plain = parse({"doctor"});
        QVERIFY(std::get<DoctorCommand>(std::get<Options>(plain).command).configFile.empty());
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
        row({"put", "a", "b", "c"});
        row({"put", "--format", "zip", "a"});
        row({"put", "--private-key-path", "k", "a"});
        row({"put", "--dry-run", "a", "b"});
        row({"put", "--needed", "3", "a"});
        row({"put", "--dry-run", "--needed", "0", "a"});
        row({"put", "--dry-run", "--needed", "11", "a"});
        row({"put", "--dry-run", "--total", "257", "a"});
        row({"put", "--dry-run", "--segment-size", "0", "a"});
        row({"put", "--dry-run", "--segment-size", "big", "a"});
        row({"get"});
        row({"get", "a", "b", "c"});
        row({"get", "--cap-file", "a", "b", "c"});
        row({"mkdir", "--format", "CHK"});
        row({"mv", "a"});
        row({"mv", "a", "b", "c"});
        row({"unlink"});
        row({"alias"});
        row({"alias", "add", "a"});
        row({"check", "--unknown", "a"});
        row({"status", "extra"});
        row({"doctor", "extra"});
        row({"drain-check", "a", "b"});
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
        QVERIFY(!stop->text.empty());
    }
};

QTEST_GUILESS_MAIN(TestCliOptions)
#include "test_cli_options.moc"
