#include "tests/client-gateway/web/web_fixture.h"

#include <QtTest/QTest>

using namespace tarn;
using test::WebAnswer;
using test::WebFixture;

namespace {

const std::string kCap = "URI:LIT:nbswy3dp";
const std::string kChk = "URI:CHK:aaaqeayeaudaocajbifqydiob4:"
                         "eaqseizeeutcokbjfivsyljof4ydcmrtgq2tmnzyhe5dwpb5hy7q:3:10:26";

std::string part(const std::string& head, const std::string& content)
{
    return "--B\r\nContent-Disposition: form-data; " + head + "\r\n\r\n" + content + "\r\n";
}

const std::string kFilePart = part("name=\"file\"; filename=\"a.txt\"", "hello");
const net::HttpHeaders kForm{{"Content-Type", "multipart/form-data; boundary=B"}};
const net::HttpHeaders kUrlEncoded{{"Content-Type", "application/x-www-form-urlencoded"}};

WebAnswer post(WebFixture& web, const std::string& parts, const std::string& target = "/uri")
{
    return web.send("POST", target, parts + "--B--\r\n", kForm);
}

} // namespace

class TestWebWrites final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void putStoresTheBody()
    {
        WebFixture web;
        for (const char* target :
             {"/uri", "/uri/", "/cap", "/uri?format=chk", "/uri?mutable=false"}) {
            web.files.files.clear();
            const WebAnswer answer = web.send("PUT", target, "hello");
            QCOMPARE(answer.status, 200U);
            QCOMPARE(answer.body, kCap);
            QCOMPARE(asText(web.files.files[kCap]), std::string_view("hello"));
        }
    }
    void putTakesChunkedBodies()
    {
        WebFixture web;
        test::WebRequest request;
        request.method = "PUT";
        request.target = "/uri";
        request.body = std::string(100'000, 'x');
        request.chunked = true;
        QCOMPARE(web.ask(request).status, 200U);
        QCOMPARE(web.files.files[kCap].size(), std::size_t{100'000});
    }
    void putTakesNothing()
    {
        WebFixture web;
        QCOMPARE(web.send("PUT", "/uri").status, 200U);
        QVERIFY(web.files.files[kCap].empty());
    }
    void putRefuses_data()
    {
        QTest::addColumn<QByteArray>("target");
        QTest::addColumn<uint>("status");
        QTest::newRow("format") << QByteArray("/uri?format=zip") << 400U;
        QTest::newRow("boolean") << QByteArray("/uri?mutable=perhaps") << 400U;
        QTest::newRow("t") << QByteArray("/uri?t=upload") << 400U;
        QTest::newRow("escape") << QByteArray("/uri?t=%z") << 400U;
    }
    void putRefuses()
    {
        QFETCH(QByteArray, target);
        QFETCH(uint, status);
        WebFixture web;
        const WebAnswer answer = web.send("PUT", target.toStdString(), "hello");
        QCOMPARE(answer.status, status);
        QCOMPARE(answer.header("Content-Type"), std::string("text/plain;charset=utf-8"));
        QVERIFY(web.files.files.empty());
        QCOMPARE(web.send("PUT", "/uri", "x", {{"Content-Range", "bytes 0-0/1"}}).status, 501U);
    }
    void formsStoreTheirFile()
    {
        WebFixture web;
        const WebAnswer answer = post(web, part("name=\"t\"", "upload") + kFilePart);
        QCOMPARE(answer.status, 200U);
        QCOMPARE(answer.header("Content-Type"), std::string("text/html;charset=utf-8"));
        QVERIFY(answer.body.find(kCap) != std::string::npos);
        QCOMPARE(asText(web.files.files[kCap]), std::string_view("hello"));
    }
    void formsOfAnySize()
    {
        WebFixture web;
        web.files.pieceBytes = 100'000;
        const std::string big(1'000'000, '\n');
        QCOMPARE(post(web, part("name=file", big), "/uri?t=upload").status, 200U);
        QCOMPARE(web.files.files[kCap].size(), big.size());
    }
    void formsRedirectWhenDone()
    {
        WebFixture web;
        web.files.nextCap = kChk;
        const std::string fields = part("name=\"when_done\"", "/uri/%(uri)s?x=%(uri)s");
        const std::string quoted = net::percentEncode(kChk);
        for (const std::string& body : {fields + kFilePart, kFilePart + fields}) {
            const WebAnswer answer = post(web, body);
            QCOMPARE(answer.status, 302U);
            QCOMPARE(answer.header("Location"), "/uri/" + quoted + "?x=" + quoted);
        }
        const WebAnswer query = post(web, fields + kFilePart, "/uri?when_done=/file/x");
        QCOMPARE(query.header("Location"), std::string("/file/x"));
    }
    void formsRedirectNowhereElse()
    {
        WebFixture web;
        const std::string field = part("name=\"when_done\"", "//evil.example/");
        // A reading of the body would not end well.
        QCOMPARE(post(web, "not multipart", "/uri?when_done=javascript:x").status, 400U);
        QVERIFY(post(web, "not multipart", "/uri?when_done=a%0d%0ab").body.find("when_done") !=
                std::string::npos);
        const std::string cut =
            field + "--B\r\nContent-Disposition: form-data; name=file\r\n\r\nhel";
        QCOMPARE(post(web, cut).status, 400U);
        QCOMPARE(post(web, kFilePart + field).status, 400U);
        QVERIFY(web.files.files.empty());
    }
    void formsRefuse_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<uint>("status");
        const auto row = [](const char* name, const std::string& body, unsigned status) {
            QTest::newRow(name) << QByteArray::fromStdString(body) << status;
        };
        row("no file", part("name=a", "b") + "--B--", 400);
        row("cut in the file", part("name=file", "hello"), 400);
        row("cut behind the file", kFilePart + part("name=a", "b"), 400);
        row("nothing", "", 400);
        row("not multipart", "hello", 400);
        row("bad t", part("name=t", "rename") + kFilePart + "--B--", 400);
        row("huge field", part("name=a", std::string(70'000, 'x')) + kFilePart + "--B--", 413);
    }
    void formsRefuse()
    {
        QFETCH(QByteArray, body);
        QFETCH(uint, status);
        WebFixture web;
        QCOMPARE(web.send("POST", "/uri", body.toStdString(), kForm).status, status);
    }
    void formsMakeMutableFilesAndDirectories()
    {
        WebFixture web;
        const WebAnswer file = post(web, part("name=format", "SDMF") + kFilePart);
        QCOMPARE(file.status, 200U);
        QVERIFY(file.body.starts_with("URI:SSK:"));
        const WebAnswer folder = post(web, part("name=t", "mkdir"));
        QCOMPARE(folder.status, 200U);
        QVERIFY(folder.body.starts_with("URI:DIR2:"));
        QCOMPARE(web.files.mutables.files.size(), std::size_t{2});
    }
    void formsOfOtherTypes()
    {
        WebFixture web;
        QCOMPARE(web.send("POST", "/uri", "file=x", kUrlEncoded).status, 400U);
        QCOMPARE(web.send("POST", "/uri", "t=mkdir", kUrlEncoded).status, 200U);
        QCOMPARE(web.send("POST", "/uri", std::string(70'000, 'a'), kUrlEncoded).status, 413U);
        QCOMPARE(web.send("POST", "/uri", "hello").status, 400U);
        QCOMPARE(web.send("POST", "/uri", "x", {{"Content-Type", "multipart/form-data"}}).status,
                 400U);
    }
    void unhappinessIsExplained()
    {
        WebFixture web;
        web.files.uploadError = Error(ErrorCode::Unhappy, "placed on 1 server, want 7");
        gateway::HappinessReport report;
        report.needed = 3;
        report.happy = 7;
        report.total = 10;
        report.reached = 1;
        gateway::ServerReport server;
        server.serverId = "v0-abc";
        server.outcome = gateway::ServerOutcome::Unreachable;
        server.reason = "connection refused";
        report.servers.push_back(server);
        web.files.happiness = report;
        const WebAnswer text = web.send("PUT", "/uri", "hello");
        QCOMPARE(text.status, 500U);
        QVERIFY(text.body.find("UploadUnhappinessError") != std::string::npos);
        QVERIFY(text.body.find("connection refused") != std::string::npos);
        for (const WebAnswer& json :
             {web.send("PUT", "/uri", "hello", {{"Accept", "application/json"}}),
              web.send("PUT", "/uri?output=json", "hello")}) {
            QCOMPARE(json.status, 500U);
            QVERIFY(json.header("Content-Type").starts_with("application/json"));
            QVERIFY(json.body.find("\"reason\": \"connection refused\"") != std::string::npos);
        }
        QCOMPARE(post(web, kFilePart).status, 500U);
    }
    void otherFailures()
    {
        WebFixture web;
        web.files.uploadError = Error(ErrorCode::NoSpace, "the spool is full");
        QCOMPARE(web.send("PUT", "/uri", "hello").status, 507U);
        web.files.uploadError = Error(ErrorCode::IoFailure, "disk");
        const WebAnswer answer = web.send("PUT", "/uri", "hello");
        QCOMPARE(answer.status, 500U);
        QVERIFY(answer.body.find("IoFailure") != std::string::npos);
    }
    void checksRun()
    {
        WebFixture web;
        web.files.checkResult.summary = "Healthy <really>";
        const std::string path = "/uri/" + kChk + "?t=check";
        const WebAnswer html = web.send("POST", path);
        QCOMPARE(html.status, 200U);
        QVERIFY(html.body.find("Healthy &lt;really&gt;") != std::string::npos);
        QCOMPARE(web.files.checkedCap, kChk);
        QVERIFY(!web.files.checkOptions.verify && !web.files.checkOptions.addLease);
        const WebAnswer json = web.send("POST", path + "&output=JSON&verify=true&add-lease=1");
        QCOMPARE(json.header("Content-Type"), std::string("text/plain"));
        QVERIFY(json.body.find("\"summary\": \"Healthy <really>\"") != std::string::npos);
        QVERIFY(web.files.checkOptions.verify && web.files.checkOptions.addLease);
        QVERIFY(!web.files.repaired);
        QVERIFY(web.send("POST", path + "&output=json&repair=t").body.find("repair-attempted") !=
                std::string::npos);
        QVERIFY(web.files.repaired);
        QCOMPARE(web.send("POST", path + "&repair=true").status, 200U);
    }
    void checksTakeForms()
    {
        WebFixture web;
        const std::string path = "/uri/" + kChk;
        QCOMPARE(web.send("POST", path, "t=check&verify=true", kUrlEncoded).status, 200U);
        QVERIFY(web.files.checkOptions.verify);
        const std::string fields = part("name=t", "check") + part("name=verify", "false");
        QCOMPARE(post(web, fields, path).status, 200U);
        QVERIFY(!web.files.checkOptions.verify);
    }
    void checksTakeVerifyCaps()
    {
        WebFixture web;
        const std::string cap = "URI:CHK-Verifier:hdis5iaveku6lnlaiccydyid7q:"
                                "eaqseizeeutcokbjfivsyljof4ydcmrtgq2tmnzyhe5dwpb5hy7q:3:10:26";
        QCOMPARE(web.send("POST", "/uri/" + cap + "?t=check").status, 200U);
        QCOMPARE(web.files.checkedCap, cap);
    }
    void checksRefuse()
    {
        WebFixture web;
        const std::string path = "/uri/" + kChk;
        for (const char* query : {"", "?t=upload", "?t=check&verify=perhaps", "?t=check&output=xml",
                                  "?t=check&repair=2", "?t=check&add-lease="})
            QCOMPARE(web.send("POST", path + query).status, 400U);
    }
};

QTEST_GUILESS_MAIN(TestWebWrites)
#include "test_web_writes.moc"
