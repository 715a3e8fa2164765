// Deep operations that are asked for by their handle, on directories in memory.
#include "core/cap/parse.h"
#include "core/net/http_message.h"
#include "tests/client-gateway/web/web_fixture.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace std::chrono_literals;
using test::WebAnswer;
using test::WebFixture;

namespace {

const std::string kLit = "URI:LIT:nbswy3dp";

struct Rig
{
    WebFixture web;
    test::FakeMutableFiles& mutables = web.files.mutables;
    test::FakeImmutableFiles& immutables = web.files.immutables;
    std::string root;

    Rig()
    {
        root = "/uri/" + net::percentEncode(web.send("POST", "/uri?t=mkdir").body);
        web.send("PUT", root + "/lit?t=uri", kLit);
        web.send("PUT", root + "/sub/file?format=SDMF", "x");
    }
    WebAnswer start(const std::string& rest) { return web.send("POST", root + "?t=start-" + rest); }
    /// Of an operation that has run.
    WebAnswer result(const std::string& rest)
    {
        web.wait(1s);
        return web.get("/operations/" + rest);
    }
    unsigned stateAfter(Duration time, const std::string& handle)
    {
        web.wait(time);
        return web.send("POST", "/operations/" + handle + "?t=cancel").status;
    }
};

bool holds(const std::string& text, const std::string& part)
{
    return text.find(part) != std::string::npos;
}

} // namespace

class TestWebOperations final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void startsLeadToTheHandle()
    {
        Rig rig;
        const WebAnswer answer = rig.start("manifest&ophandle=a%2Fb&output=JSON");
        QCOMPARE(answer.status, 302U);
        QCOMPARE(answer.header("Location"), std::string("/operations/a%2Fb?output=JSON"));
        const WebAnswer done = rig.start("deep-size&ophandle=x&when_done=/uri");
        QCOMPARE(done.header("Location"), std::string("/uri"));
    }
    void manifests()
    {
        Rig rig;
        rig.start("manifest&ophandle=m");
        const WebAnswer json = rig.result("m?output=json");
        QCOMPARE(json.status, 200U);
        QCOMPARE(json.header("Content-Type"), std::string("text/plain"));
        QVERIFY(holds(json.body, "\"finished\": true"));
        QVERIFY(holds(json.body, "\"manifest\": ["));
        QVERIFY(holds(json.body, "\"verifycaps\": ["));
        QVERIFY(holds(json.body, "\"storage-index\": ["));
        QVERIFY(holds(json.body, "\"count-directories\": 2"));
        const WebAnswer text = rig.result("m?output=text");
        QVERIFY(text.body.starts_with("finished: yes\n URI:DIR2:"));
        QVERIFY(holds(text.body, "\nlit " + kLit + "\n"));
        QVERIFY(holds(text.body, "\nsub/file URI:SSK:"));
        const WebAnswer page = rig.result("m");
        QVERIFY(page.header("Content-Type").starts_with("text/html"));
        QVERIFY(holds(page.body, "/sub/file"));
        QVERIFY(!holds(page.body, "refresh"));
        QCOMPARE(rig.result("m?output=xml").status, 400U);
    }
    void sizesAndStats()
    {
        Rig rig;
        rig.start("deep-size&ophandle=size");
        rig.start("deep-stats&ophandle=stats");
        QVERIFY(rig.result("size?output=text").body.starts_with("finished: yes\nsize: "));
        QVERIFY(holds(rig.result("size?output=json").body, "\"size\": {"));
        const WebAnswer stats = rig.result("stats");
        QVERIFY(holds(stats.body, "\"count-mutable-files\": 1"));
        QVERIFY(!holds(stats.body, "unreadable"));
        QVERIFY(holds(stats.body, "\"finished\": true"));
    }
    void deepChecks()
    {
        Rig rig;
        rig.start("deep-check&ophandle=c&verify=true");
        const WebAnswer json = rig.result("c?output=json");
        QVERIFY(holds(json.body, "\"count-objects-checked\": 3"));
        QVERIFY(holds(json.body, "\"count-objects-unhealthy\": 3"));
        QVERIFY(holds(json.body, "\"list-unhealthy-files\": ["));
        const std::string page = rig.result("c").body;
        QVERIFY(holds(page, "Objects checked"));
        const std::size_t link = page.find("/operations/c/");
        QVERIFY(link != std::string::npos);
        const std::string detail = page.substr(link, page.find('"', link) - link);
        QVERIFY(holds(rig.web.get(detail).body, "Storage index"));
        const std::string index = detail.substr(detail.rfind('/') + 1);
        QVERIFY(holds(rig.web.get(detail + "?output=json").body,
                      "\"storage-index\": \"" + index + "\""));
        QCOMPARE(rig.result("c?output=text").status, 400U);
        QCOMPARE(rig.result("c/bbbb").status, 404U);
        rig.start("deep-check&ophandle=r&repair=true");
        const WebAnswer repaired = rig.result("r?output=json");
        QVERIFY(holds(repaired.body, "\"count-repairs-attempted\": "));
        QVERIFY(holds(repaired.body, "\"list-remaining-corrupt-shares\": "));
        QVERIFY(rig.mutables.repairs == 3);
    }
    void whatCannotBeReadIsListed()
    {
        Rig rig;
        const std::string lost = rig.web.send("POST", rig.root + "/lost?t=mkdir").body;
        const cap::Cap parsed = cap::parseCap(lost);
        const auto& directory = std::get<cap::DirectoryCap>(parsed);
        rig.mutables.lost.insert(
            test::FakeMutableFiles::indexOf(std::get<cap::MutableWriteCap>(directory.file)));
        for (const char* what : {"manifest", "deep-size", "deep-stats", "deep-check"}) {
            rig.start(std::string(what) + "&ophandle=" + what);
            const WebAnswer answer = rig.result(std::string(what) + "?output=json");
            QVERIFY2(holds(answer.body, "\"count-unreadable-directories\": 1"),
                     answer.body.c_str());
        }
        const std::string checked = rig.result("deep-check?output=json").body;
        const std::size_t list = checked.find("\"list-failed-objects\": [");
        QVERIFY(list != std::string::npos);
        QVERIFY(checked.find("\"lost\"", list) != std::string::npos);
        QVERIFY(checked.find("2 of 3 shares", list) != std::string::npos);
        QVERIFY(holds(checked, "\"count-objects-failed\": 1"));
        const WebAnswer stream = rig.web.send("POST", rig.root + "?t=stream-manifest");
        QVERIFY2(holds(stream.body, "\"listed\":false"), stream.body.c_str());
        QVERIFY(holds(stream.body, "\"count-unreadable-directories\":1"));
    }
    void badRequestsStartNothing_data()
    {
        QTest::addColumn<QByteArray>("rest");
        QTest::newRow("no handle") << QByteArray("manifest");
        QTest::newRow("empty handle") << QByteArray("manifest&ophandle=+");
        QTest::newRow("long handle") << QByteArray("manifest&ophandle=") + QByteArray(257, 'x');
        QTest::newRow("retain") << QByteArray("manifest&ophandle=x&retain-for=soon");
        QTest::newRow("retain for ever") << QByteArray("manifest&ophandle=x&retain-for=9999999999");
        QTest::newRow("verify") << QByteArray("deep-check&ophandle=x&verify=2");
        QTest::newRow("foreign") << QByteArray("manifest&ophandle=x&when_done=http://x");
        QTest::newRow("operation") << QByteArray("flying&ophandle=x");
    }
    void badRequestsStartNothing()
    {
        QFETCH(QByteArray, rest);
        Rig rig;
        QCOMPARE(rig.start(rest.toStdString()).status, 400U);
        QCOMPARE(rig.result("x").status, 404U);
    }
    void handlesEnd()
    {
        Rig rig;
        QCOMPARE(rig.web.get("/operations").status, 404U);
        QCOMPARE(rig.web.get("/operations/none").status, 404U);
        rig.start("manifest&ophandle=a");
        QCOMPARE(rig.stateAfter(95h, "a"), 200U); // uncollected: 4 days
        rig.start("manifest&ophandle=b");
        QCOMPARE(rig.stateAfter(97h, "b"), 404U);
        rig.start("manifest&ophandle=c");
        QCOMPARE(rig.result("c").status, 200U); // collected: 1 day
        QCOMPARE(rig.stateAfter(25h, "c"), 404U);
        rig.start("manifest&ophandle=d&retain-for=60");
        QCOMPARE(rig.stateAfter(61s, "d"), 404U);
        rig.start("manifest&ophandle=e");
        QCOMPARE(rig.result("e?retain-for=864000").status, 200U);
        QCOMPARE(rig.stateAfter(216h, "e"), 200U);
        rig.start("manifest&ophandle=f");
        QCOMPARE(rig.result("f?release-after-complete=true").status, 200U);
        QCOMPARE(rig.result("f").status, 404U);
        QCOMPARE(rig.web.send("DELETE", "/operations/f").status, 501U);
    }
    void cancelling()
    {
        Rig rig;
        rig.mutables.blockReads = true;
        QCOMPARE(rig.start("deep-stats&ophandle=a").status, 302U);
        const WebAnswer answer = rig.web.send("POST", "/operations/a?t=cancel");
        QCOMPARE(answer.status, 200U);
        QVERIFY(holds(answer.body, "\"finished\": false"));
        QCOMPARE(rig.web.get("/operations/a").status, 404U);
        rig.start("manifest&ophandle=b");
        const WebAnswer page = rig.web.get("/operations/b");
        QVERIFY(holds(page.body, "Still running"));
        QVERIFY(holds(page.body, "http-equiv=\"refresh\""));
        QVERIFY(!holds(rig.web.get("/operations/b?output=json").body, "verifycaps"));
    }
    void thereIsALimit()
    {
        Rig rig;
        for (std::size_t i = 0; i < gateway::web::kMaxOperations; ++i)
            QCOMPARE(rig.start("deep-size&ophandle=" + std::to_string(i)).status, 302U);
        const WebAnswer refused = rig.start("deep-size&ophandle=more");
        QCOMPARE(refused.status, 503U);
        QVERIFY(holds(refused.body, "100 operations"));
        QCOMPARE(rig.start("deep-size&ophandle=7").status, 302U);
        rig.web.send("POST", "/operations/8?t=cancel");
        QCOMPARE(rig.start("deep-size&ophandle=more").status, 302U);
    }
    void failures()
    {
        Rig rig;
        for (const auto& [index, file] : rig.mutables.files)
            rig.mutables.lost.insert(index);
        rig.start("manifest&ophandle=a");
        QCOMPARE(rig.result("a").status, 410U);
    }
    void memoryIsBounded()
    {
        test::FakeClock clock;
        const auto budget = std::make_shared<gateway::web::ResultBudget>();
        budget->limit = 1000;
        asio::io_context engine;
        {
            gateway::web::OperationRecord record(gateway::web::DeepOperation::Manifest,
                                                 gateway::NodeCheck::None, "", budget);
            gateway::VisitedNode node;
            node.path = {std::string(500, 'x')};
            std::vector<ErrorCode> failures;
            const auto visitTwice = [&]() -> asio::awaitable<void> {
                for (int i = 0; i < 2; ++i) {
                    const Result<void> visited = co_await record.visit(node);
                    if (!visited) failures.push_back(visited.error().code());
                }
            };
            asio::co_spawn(engine, visitTwice(), asio::detached);
            engine.run();
            QCOMPARE(failures.size(), std::size_t{1});
            QVERIFY(failures[0] == ErrorCode::TooLarge);
            QCOMPARE(record.manifest.entries.size(), std::size_t{1});
            QVERIFY(budget->used > 500);
        }
        QCOMPARE(budget->used, std::uint64_t{0});
    }
};

QTEST_GUILESS_MAIN(TestWebOperations)
#include "test_web_operations.moc"
