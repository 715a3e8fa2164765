#include "client-gateway/cli/reports.h"

#include <QtTest/QtTest>

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
        const Result<CheckReport> report = readCheckReport(check(false));
        QVERIFY(report);
        QVERIFY(!report->healthy);
        QCOMPARE(report->text, std::string("Summary: the summary\n storage index: si\n"
                                           " good-shares: 9 (encoding is 3-of-10)\n"
                                           " wrong-shares: 0\n corrupt shares:\n"
                                           "  server v0-a?, SI si, shnum 4\n"));
        QVERIFY(readCheckReport(check(true))->healthy);
    }
    void readsLiterals()
    {
        const auto plain =
            readCheckReport(R"({"storage-index": "", "results": {"healthy": true}})");
        QVERIFY(plain && plain->healthy);
        QVERIFY(plain->text.find("Healthy (LIT)") != std::string::npos);
        const auto repair = readCheckReport(R"({"storage-index": "", "repair-attempted": false})");
        QVERIFY(repair && repair->healthy);
    }
    void readsRepairs()
    {
        for (const bool successful : {true, false}) {
            const std::string text = R"({"storage-index": "si", "repair-attempted": true,
                "repair-successful": )" +
                                     std::string(successful ? "true" : "false") +
                                     R"(, "pre-repair-results": )" + check(false) +
                                     R"(, "post-repair-results": )" + check(successful) + "}";
            const Result<CheckReport> report = readCheckReport(text);
            QVERIFY(report);
            QCOMPARE(report->healthy, successful);
            QVERIFY(
                report->text.ends_with(successful ? " repair successful\n" : " repair failed\n"));
        }
    }
    void readsStatus()
    {
        const auto text = statusText(R"({"introducers": {"statuses": []}, "servers": [
            {"nodeid": "v0-abcdefghijkl", "nickname": "a\nb", "connection_status": "connected",
             "available_space": 5000000000, "version": null, "last_received_data": null}]})",
                                     "127.0.0.1:1");
        QVERIFY(text);
        QCOMPARE(*text, std::string("Gateway 127.0.0.1:1, 1 servers\n"
                                    "  v0-abcdefgh  a?b  connected, 5.0 GB free\n"));
    }
    void strangeAnswersAreErrors()
    {
        for (const char* text :
             {"", "{}", "[]", "null", "nonsense", "{\"results\": 4}", "{\"servers\": [{}]}",
              "{\"repair-attempted\": 1, "
              "\"pre-repair-results\": []}"}) {
            QVERIFY(!readCheckReport(text));
            QVERIFY(!statusText(text, "g"));
        }
    }
    void refusalsSayWhatToDo()
    {
        const std::string gone = refusalText(410, "NotEnoughSharesError: x\n", false);
        QVERIFY(gone.starts_with("tarn: the gateway answered 410: NotEnoughSharesError: x\n"));
        QVERIFY(gone.find("tarn check") != std::string::npos);
        QCOMPARE(refusalText(500, "{\"error\": 1}", true), std::string("{\"error\": 1}"));
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
};

QTEST_GUILESS_MAIN(TestReports)
#include "test_reports.moc"
