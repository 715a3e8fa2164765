#include "client-gateway/cli/reports.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::gateway::cli;

namespace {

std::string check(bool healthy)
{
    return std::string(
               R"({"storage-index": "si", "summary": "the summary", "results": {"healthy": )") +
           (healthy ? "true" : "false") +
           R"(, "count-shares-good": 9, "count-shares-needed": 3, "count-shares-expected": 10,
              "count-wrong-shares": 0, "list-corrupt-shares": [["v0-a\u001b", "si", 4]]}})";
}

} // namespace

class TestReports final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void readsChecks()
    {
        const Result<std::string> report = checkReport(check(false));
        QVERIFY(report);
        QCOMPARE(*report, std::string("Summary: the summary\n storage index: si\n"
                                      " good-shares: 9 (encoding is 3-of-10)\n"
                                      " wrong-shares: 0\n corrupt shares:\n"
                                      "  server \"v0-a\\x1b\", SI si, shnum 4\n"));
    }
    void readsLiterals()
    {
        const auto plain = checkReport(R"({"storage-index": "", "results": {"healthy": true}})");
        QVERIFY(plain);
        QVERIFY(plain->find("Healthy (LIT)") != std::string::npos);
        QVERIFY(checkReport(R"({"storage-index": "", "repair-attempted": false})"));
    }
    void readsRepairs()
    {
        for (const bool successful : {true, false}) {
            const std::string text = R"({"storage-index": "si", "repair-attempted": true,
                "repair-successful": )" +
                                     std::string(successful ? "true" : "false") +
                                     R"(, "pre-repair-results": )" + check(false) +
                                     R"(, "post-repair-results": )" + check(successful) + "}";
            const Result<std::string> report = checkReport(text);
            QVERIFY(report);
            QVERIFY(report->starts_with("Summary: not healthy\n storage index: si\n"));
            QVERIFY(report->ends_with(successful ? " repair successful\n" : " repair failed\n"));
        }
    }
    void readsOperations()
    {
        const std::string text = R"({"active": [], "recent": [
            {"type": "upload", "storage-index-string": "si", "total-size": 2500000,
             "status": "Done"},
            {"type": "mapupdate", "storage-index-string": null, "total-size": "-NA-",
             "status": "Finished"}]})";
        QCOMPARE(*operationsText(text, false),
                 std::string("Active operations: none\nRecent operations:\n"
                             "  upload  si  2.50 MB  Done\n"));
        QVERIFY(operationsText(text, true)->ends_with("  mapupdate  -  -  Finished\n"));
        QVERIFY(!operationsText("{}", true));
        QCOMPARE(*totalsText(R"({"counters": {"uploader.files_uploaded": 2,
                                 "uploader.bytes_uploaded": 1500}, "stats": {}})"),
                 std::string("  uploaded 1.50 kB in 2 files\n  downloaded 0 B in 0 files\n"));
    }
    void aliasesAsJson()
    {
        QCOMPARE(aliasesJson({}), std::string("{}\n"));
        QCOMPARE(aliasesJson({{"a", "W", "R"}}),
                 std::string("{\n    \"a\": {\n        \"readwrite\": \"W\",\n"
                             "        \"readonly\": \"R\"\n    }\n}\n"));
    }
    void readsStatus()
    {
        const auto text = statusText(R"({"introducers": {"statuses": []}, "servers": [
            {"nodeid": "v0-abcdefghijkl", "nickname": "a\nb", "connection_status": "connected",
             "available_space": 5000000000, "version": null, "last_received_data": null}]})",
                                     "127.0.0.1:1");
        QVERIFY(text);
        QCOMPARE(*text, std::string("Gateway 127.0.0.1:1, 1 servers\n"
                                    "  v0-abcdefgh  \"a\\x0ab\"  connected, 5.0 GB free\n"));
    }
    void strangeAnswersAreErrors()
    {
        for (const char* text :
             {"", "{}", "[]", "null", "nonsense", "{\"results\": 4}", "{\"servers\": [{}]}",
              "{\"repair-attempted\": 1, "
              "\"pre-repair-results\": []}"}) {
            QVERIFY(!checkReport(text));
            QVERIFY(!statusText(text, "g"));
        }
    }
    void refusalsSayWhatToDo()
    {
        const std::string gone = refusalText(410, "NotEnoughSharesError: x\n", false);
        QVERIFY(gone.starts_with("tarn: the gateway answered 410: NotEnoughSharesError: x\n"));
        QVERIFY(gone.find("tarn check") != std::string::npos);
        QCOMPARE(refusalText(500, "{\"error\": 1}", true),
                 std::string("{\n \"error\": 1,\n \"status\": 500\n}\n"));
        QCOMPARE(refusalText(404, "{\"error\": \"No such child: a\"}", false),
                 std::string("tarn: the gateway answered 404: No such child: a\n"));
        QCOMPARE(refusal(409, "{\"error\": \"b\"}\n").message(),
                 std::string("the gateway answered 409: b"));
        QCOMPARE(mistakeText(Stop{1, false, false, "no"}),
                 std::string("tarn: no\nSee tarn --help.\n"));
        QVERIFY(mistakeText(Stop{1, false, true, "no"}).find("\"error\": \"no\"") !=
                std::string::npos);
        QVERIFY(refusalText(500, "text", true).find("\"status\": 500") != std::string::npos);
        QCOMPARE(errorText(Error(ErrorCode::NotFound, "no"), false), std::string("tarn: no\n"));
        QVERIFY(errorText(Error(ErrorCode::NotFound, "no"), true).find("NotFound") !=
                std::string::npos);
    }
    void resultsAsJson()
    {
        QCOMPARE(storedJson("URI:LIT:", 0),
                 std::string("{\n \"cap\": \"URI:LIT:\",\n \"size\": 0\n}\n"));
        QCOMPARE(fetchedJson("f", 3), std::string("{\n \"file\": \"f\",\n \"size\": 3\n}\n"));
    }
    void uploadsTellTheirShare()
    {
        const auto status = [](const std::string& active) {
            return uploadShare(R"({"active": [)" + active + R"(], "recent": []})", 100);
        };
        const std::string mine =
            R"({"type": "upload", "total-size": 100, "progress-encode-push": 0.25})";
        const std::string other =
            R"({"type": "upload", "total-size": 7, "progress-encode-push": 0.5})";
        const std::string beyond =
            R"({"type": "upload", "total-size": 100, "progress-encode-push": 7})";
        QCOMPARE(status(beyond).value_or(0), 1.0);
        const std::string map = R"({"type": "mapupdate", "total-size": "-NA-"})";
        QCOMPARE(status(mine), std::optional<double>(0.25));
        QCOMPARE(status(map + "," + other + "," + mine), std::optional<double>(0.25));
        for (const std::string& none : {std::string(), other, mine + "," + mine, std::string("3"),
                                        std::string(R"({"type": "upload", "total-size": 100})")})
            QVERIFY2(!status(none), none.c_str());
        for (const char* bad : {"", "[]", "{}", "{\"active\": 3}", "{\"active\": {\"a\": 1}}"})
            QVERIFY2(!uploadShare(bad, 100), bad);
    }
};

QTEST_GUILESS_MAIN(TestReports)
#include "test_reports.moc"
