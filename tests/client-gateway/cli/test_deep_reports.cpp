#include "client-gateway/cli/deep_reports.h"
#include "client-gateway/cli/line_splitter.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::gateway::cli;

namespace {

const char* const kFile = R"({"path": ["a", "b"], "cap": "URI:c", "type": "file",
    "verifycap": "URI:v", "repaircap": "", "storage-index": "si",
    "check-results": {"storage-index": "si", "summary": "Not Healthy",
      "results": {"healthy": false, "list-corrupt-shares": [["v0-x", "si", 3]]}}})";
const char* const kLiteral = R"({"path": [], "cap": "URI:LIT:", "type": "file", "verifycap": "",
    "repaircap": "", "storage-index": "",
    "check-results": {"storage-index": "", "results": {"healthy": true}},
    "check-and-repair-results": {"storage-index": "", "repair-attempted": false}})";
const char* const kRepaired = R"({"path": ["x"], "cap": "URI:c", "type": "file",
    "storage-index": "si", "check-and-repair-results": {"repair-attempted": true,
      "repair-successful": true, "pre-repair-results": {"results": {"healthy": false}},
      "post-repair-results": {"results": {"healthy": true}}}})";
const char* const kStats = R"({"type": "stats", "stats": {}})";

} // namespace

class TestDeepReports final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void manifestLines()
    {
        using Show = ManifestCommand::Show;
        QCOMPARE(*manifestText(kFile, Show::CapAndPath), std::string("URI:c a/b\n"));
        QCOMPARE(*manifestText(kFile, Show::StorageIndex), std::string("si\n"));
        QCOMPARE(*manifestText(kFile, Show::VerifyCap), std::string("URI:v\n"));
        QCOMPARE(*manifestText(kFile, Show::RepairCap), std::string());
        QCOMPARE(*manifestText(kStats, Show::CapAndPath), std::string());
        QVERIFY(!manifestText("nonsense", Show::CapAndPath));
        QVERIFY(!manifestText("{}", Show::CapAndPath));
    }
    void checksAreCounted()
    {
        CheckOptions options;
        DeepCheckReport report(options);
        QCOMPARE(*report.take(kFile), std::string(" corrupt: server v0-x, SI si, shnum 3\n"));
        QCOMPARE(*report.take(kLiteral), std::string());
        QCOMPARE(*report.take(kStats), std::string());
        QVERIFY(!report.take("[]"));
        QCOMPARE(report.summary(),
                 std::string("done: 2 objects checked, 1 healthy, 1 unhealthy\n"));
        for (int i = 0; i < 97; ++i)
            QCOMPARE(*report.take(kLiteral), std::string());
        QCOMPARE(*report.take(kLiteral), std::string("100 objects checked..\n"));
    }
    void verboseNamesEverything()
    {
        CheckOptions options;
        options.verbose = true;
        DeepCheckReport report(options);
        QVERIFY(report.take(kFile)->starts_with("'a/b': Not Healthy\n"));
        QCOMPARE(*report.take(kLiteral), std::string("'<root>': Healthy (LIT)\n"));
    }
    void repairsAreCounted()
    {
        CheckOptions options;
        options.repair = true;
        DeepCheckReport report(options);
        QCOMPARE(*report.take(kRepaired), std::string(" repair successful\n"));
        QCOMPARE(*report.take(kLiteral), std::string());
        QCOMPARE(report.summary(),
                 std::string("done: 2 objects checked\n pre-repair: 1 healthy, 1 unhealthy\n"
                             " 1 repairs attempted, 1 successful, 0 failed\n"
                             " post-repair: 2 healthy, 0 unhealthy\n"));
    }
    void statistics()
    {
        const auto text = deepStatsText(R"({"finished": true, "count-files": 3,
            "size-directories": 1500, "size-files-histogram": [[1, 3, 2], [1001, 3162, 10]]})");
        QVERIFY(text);
        QCOMPARE(*text, std::string("Counts and Total Sizes:\n           count-files: 3\n"
                                    "      size-directories: 1500    (1.50 kB, 1.46 kiB)\n"
                                    "Size Histogram:\n   1-3    : 2     (3 B, 3 B)\n   ...\n"
                                    "1001-3162 : 10    (3.16 kB, 3.09 kiB)\n"));
        QVERIFY(*isFinished(R"({"finished": true})"));
        QVERIFY(!isFinished("{}"));
        QVERIFY(!deepStatsText("{}"));
    }
    void whatIsNoNumberIsNotPrinted()
    {
        // U+009B begins a command to a terminal.
        QVERIFY(!deepStatsText(R"({"count-files": "\u009b", "size-files-histogram": []})"));
        QVERIFY(!deepStatsText(R"({"size-files-histogram": [[1, 3, "\u009b"]]})"));
        QVERIFY(!deepStatsText(R"({"size-files-histogram": [[1, [3], 2]]})"));
    }
    void whatCannotBeReadIsTold()
    {
        const char* const folder = R"({"path": ["a", "b\u001b"], "cap": "URI:c",
            "type": "directory", "verifycap": "URI:v", "repaircap": "", "storage-index": "si",
            "error": "lost:\n2 of 3 shares", "listed": false})";
        const auto lost = failureOf(folder);
        QVERIFY(lost && *lost);
        QCOMPARE((*lost)->path, (std::vector<std::string>{"a", "b\x1b"}));
        QVERIFY((*lost)->belowUnseen);
        QCOMPARE(failureText(**lost), std::string("tarn: \"a/b\\x1b\": lost: 2 of 3 shares "
                                                  "(nothing below it was looked at)\n"));
        const auto file = failureOf(R"({"path": [], "type": "file", "error": "no answer"})");
        QVERIFY(file && *file);
        QCOMPARE(failureText(**file), std::string("tarn: <root>: no answer\n"));
        QVERIFY(failureOf(kFile) && !*failureOf(kFile));
        const auto named = failureOf(R"({"path": ["error"], "type": "file"})");
        QVERIFY(named && !*named);
        QVERIFY(!failureOf(R"({"error": "nowhere"})"));
        QVERIFY(!failureOf(R"(["error"])"));
    }
    void statisticsNameWhatTheyLack()
    {
        QCOMPARE(*unreadableFolders(R"({"count-unreadable-directories": 2})"), std::uint64_t{2});
        QCOMPARE(*unreadableFolders("{}"), std::uint64_t{0});
        QVERIFY(!unreadableFolders("[]"));
        QVERIFY(!unreadableFolders(R"({"count-unreadable-directories": 1e300})"));
        const auto text = withFailures(R"({"count-files": 1})", {{{"a", "b"}, "lost", true}});
        QVERIFY(text);
        QCOMPARE(QByteArray::fromStdString(*text).simplified().replace(" ", ""),
                 QByteArray(R"({"count-files":1,"list-failed-objects":[[["a","b"],"lost"]]})"));
        QVERIFY(!withFailures("nonsense", {}));
    }
    void linesComeInPieces()
    {
        std::vector<std::string> seen;
        LineSplitter lines([&](std::string_view line) {
            seen.emplace_back(line);
            return ok();
        });
        for (const char* piece : {"a", "b\nc\n\nd", "e"})
            QVERIFY(lines.take(asBytes(piece)));
        QVERIFY(lines.finish());
        QVERIFY(lines.finish());
        QCOMPARE(seen, (std::vector<std::string>{"ab", "c", "", "de"}));
        QVERIFY(!lines.take(asBytes(std::string((16U << 20U) + 1, 'x'))));
    }
};

QTEST_GUILESS_MAIN(TestDeepReports)
#include "test_deep_reports.moc"
