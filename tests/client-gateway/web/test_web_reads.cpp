#include "tests/client-gateway/web/web_fixture.h"

#include <QtTest/QTest>

using namespace tarn;
using test::WebAnswer;
using test::WebFixture;

namespace {

const std::string kIndex = "hdis5iaveku6lnlaiccydyid7q";
const std::string kHash = "eaqseizeeutcokbjfivsyljof4ydcmrtgq2tmnzyhe5dwpb5hy7q";
const std::string kCap = "URI:CHK:aaaqeayeaudaocajbifqydiob4:" + kHash + ":3:10:26";
const std::string kVerify = "URI:CHK-Verifier:" + kIndex + ":" + kHash + ":3:10:26";
const std::string kContent = "abcdefghijklmnopqrstuvwxyz";

std::string escaped(const std::string& cap)
{
    return net::percentEncode(cap);
}

void store(WebFixture& web)
{
    web.files.files[kCap] = toBytes(kContent);
    web.files.files["URI:LIT:nbswy3dp"] = toBytes("hello");
    web.files.files["URI:LIT:"] = {};
}

} // namespace

class TestWebReads final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void contents_data()
    {
        QTest::addColumn<QByteArray>("path");
        QTest::addColumn<QByteArray>("type");
        const QByteArray cap = QByteArray::fromStdString(escaped(kCap));
        QTest::newRow("uri") << "/uri/" + cap << QByteArray("text/plain");
        QTest::newRow("cap") << "/cap/" + cap << QByteArray("text/plain");
        QTest::newRow("unescaped")
            << "/uri/" + QByteArray::fromStdString(kCap) << QByteArray("text/plain");
        QTest::newRow("ro.") << "/uri/ro." + cap << QByteArray("text/plain");
        QTest::newRow("imm.") << "/uri/imm." + cap << QByteArray("text/plain");
        QTest::newRow("named") << "/named/" + cap + "/a.html" << QByteArray("text/html");
        QTest::newRow("file") << "/file/" + cap + "/@@named=/a.png" << QByteArray("image/png");
        QTest::newRow("file alone") << "/file/" + cap << QByteArray("text/plain");
        QTest::newRow("filename") << "/uri/" + cap + "?filename=x.css" << QByteArray("text/css");
    }
    void contents()
    {
        QFETCH(QByteArray, path);
        QFETCH(QByteArray, type);
        WebFixture web;
        store(web);
        const WebAnswer answer = web.get(path.toStdString());
        QCOMPARE(answer.status, 200U);
        QCOMPARE(answer.body, kContent);
        QCOMPARE(answer.header("Content-Type"), type.toStdString());
        QCOMPARE(answer.header("Content-Length"), std::string("26"));
        QCOMPARE(answer.header("Accept-Ranges"), std::string("bytes"));
        QCOMPARE(answer.header("ETag"), kIndex + "-");
        QCOMPARE(answer.header("Content-Security-Policy"), std::string("sandbox"));
        QCOMPARE(answer.header("X-Content-Type-Options"), std::string("nosniff"));
        QCOMPARE(answer.header("X-Frame-Options"), std::string("DENY"));
        QCOMPARE(answer.header("Referrer-Policy"), std::string("no-referrer"));
        QCOMPARE(answer.header("Access-Control-Allow-Origin"), std::string());
    }
    void literalsAndNothing()
    {
        WebFixture web;
        store(web);
        const WebAnswer hello = web.get("/uri/URI:LIT:nbswy3dp");
        QCOMPARE(hello.body, std::string("hello"));
        QCOMPARE(hello.header("ETag"), std::string());
        const WebAnswer nothing = web.get("/uri/URI:LIT:");
        QCOMPARE(nothing.status, 200U);
        QCOMPARE(nothing.header("Content-Length"), std::string("0"));
    }
    void heads()
    {
        WebFixture web;
        store(web);
        const WebAnswer answer = web.send("HEAD", "/uri/" + kCap + "?filename=a.html");
        QCOMPARE(answer.status, 200U);
        QCOMPARE(answer.header("Content-Length"), std::string("26"));
        QCOMPARE(answer.header("Content-Type"), std::string("text/html"));
        QVERIFY(answer.body.empty());
        QVERIFY(web.files.reads.empty());
        QCOMPARE(web.send("HEAD", "/uri/" + kCap + "?t=json").status, 400U);
        const WebAnswer part = web.send("HEAD", "/uri/" + kCap, {}, {{"Range", "bytes=1-3"}});
        QCOMPARE(part.status, 206U);
        QCOMPARE(part.header("Content-Length"), std::string("3"));
    }
    void attachments()
    {
        WebFixture web;
        store(web);
        const auto disposition = [&](const std::string& path) {
            return web.get(path).header("Content-Disposition");
        };
        QCOMPARE(disposition("/uri/" + kCap), std::string());
        QCOMPARE(disposition("/named/" + kCap + "/a%20b.txt?save=true"),
                 std::string("attachment; filename=\"a b.txt\""));
        QCOMPARE(disposition("/uri/" + kCap + "?save=t&filename=%c3%a9%22%0d%0ax"),
                 std::string("attachment; filename=\"\xc3\xa9___x\""));
        QCOMPARE(disposition("/uri/" + kCap + "?save=1"),
                 std::string("attachment; filename=\"unknown\""));
        QCOMPARE(web.get("/uri/" + kCap + "?save=maybe").status, 400U);
    }
    void ranges()
    {
        WebFixture web;
        store(web);
        const WebAnswer part = web.get("/uri/" + kCap, {{"Range", "bytes=2-20"}});
        QCOMPARE(part.status, 206U);
        QCOMPARE(part.body, kContent.substr(2, 19));
        QCOMPARE(part.header("Content-Range"), std::string("bytes 2-20/26"));
        QCOMPARE(part.header("Content-Length"), std::string("19"));
        QCOMPARE(web.files.reads.back().begin, std::uint64_t{2});
        QCOMPARE(web.files.reads.back().end, std::uint64_t{21});
        QCOMPARE(web.get("/uri/" + kCap, {{"Range", "bytes=-3"}}).body, std::string("xyz"));
        QCOMPARE(web.get("/uri/" + kCap, {{"Range", "nonsense"}}).status, 200U);
        const WebAnswer beyond = web.get("/uri/" + kCap, {{"Range", "bytes=26-30"}});
        QCOMPARE(beyond.status, 416U);
        QCOMPARE(beyond.header("Content-Type"), std::string("text/plain;charset=utf-8"));
    }
    void tags()
    {
        WebFixture web;
        store(web);
        for (const char* operation : {"", "json", "uri", "readonly-uri"}) {
            const std::string path = "/uri/" + kCap + "?t=" + operation;
            const std::string tag = kIndex + "-" + operation;
            QCOMPARE(web.get(path).header("ETag"), tag);
            for (const std::string& sent : {tag, "\"" + tag + "\"", "\"x\", W/\"" + tag + "\""}) {
                const WebAnswer same = web.get(path, {{"If-None-Match", sent}});
                QCOMPARE(same.status, 304U);
                QVERIFY(same.body.empty());
                QCOMPARE(same.header("ETag"), tag);
            }
            QCOMPARE(web.get(path, {{"If-None-Match", "\"other\""}}).status, 200U);
        }
        const WebAnswer info = web.get("/uri/" + kCap + "?t=info", {{"If-None-Match", "*"}});
        QCOMPARE(info.status, 200U);
        QCOMPARE(web.get("/uri/URI:LIT:nbswy3dp", {{"If-None-Match", "*"}}).status, 200U);
    }
    void descriptions()
    {
        WebFixture web;
        const WebAnswer json = web.get("/uri/" + escaped(kCap) + "?t=json");
        QCOMPARE(json.status, 200U);
        QCOMPARE(json.header("Content-Type"), std::string("text/plain"));
        QVERIFY(json.body.find("\"verify_uri\": \"" + kVerify + "\"") != std::string::npos);
        QCOMPARE(web.get("/uri/" + kCap + "?t=uri").body, kCap);
        QCOMPARE(web.get("/uri/" + kCap + "?t=+readonly-uri%20").body, kCap);
        const WebAnswer info = web.get("/uri/" + kCap + "?t=info");
        QCOMPARE(info.header("Content-Type"), std::string("text/html;charset=utf-8"));
        QVERIFY(info.body.find(kVerify) != std::string::npos);
        QCOMPARE(web.get("/uri/" + kCap + "?t=nonsense").status, 400U);
        QVERIFY(web.get("/uri/" + kVerify + "?t=json").body.find("ro_uri") == std::string::npos);
        QCOMPARE(web.get("/uri/" + kVerify).status, 400U);
        QCOMPARE(web.get("/uri/" + kVerify + "?t=readonly-uri").status, 400U);
    }
    void unknownKinds()
    {
        WebFixture web;
        QCOMPARE(web.get("/uri/lafs-future%3Ax?t=json").body,
                 std::string("[\n \"unknown\",\n {}\n]\n"));
        QCOMPARE(web.get("/uri/ro.lafs?t=json").status, 200U);
        QCOMPARE(web.get("/uri/lafs?t=info").status, 200U);
        QCOMPARE(web.get("/uri/lafs").status, 400U);
        QCOMPARE(web.get("/uri/lafs?t=uri").status, 400U);
        QCOMPARE(web.send("PUT", "/uri/lafs", "x").status, 501U);
        QCOMPARE(web.send("POST", "/uri/lafs?t=check").status, 405U);
        QCOMPARE(web.get("/file/lafs").status, 400U);
    }
    void malformedCapsGetTheReason()
    {
        WebFixture web;
        for (const std::string& cap :
             {std::string("URI:CHK:short"), "URI:CHK:" + kHash, std::string("URI:LIT:1"),
              "ro.URI:SSK:aaaqeayeaudaocajbifqydiob4:" + kHash}) {
            const WebAnswer answer = web.get("/uri/" + cap);
            QCOMPARE(answer.status, 400U);
            QVERIFY(answer.body.size() > 10);
        }
        QCOMPARE(web.get("/uri/%zz").status, 400U);
    }
    void filesHaveNoChildren()
    {
        WebFixture web;
        store(web);
        QCOMPARE(web.get("/uri/" + kCap + "/child").status, 400U);
        QCOMPARE(web.send("PUT", "/uri/" + kCap + "/child", "x").status, 409U);
        QCOMPARE(web.send("POST", "/uri/" + kCap + "/child?t=upload").status, 409U);
        QCOMPARE(web.send("POST", "/uri/" + kCap + "/child?t=check").status, 400U);
        QCOMPARE(web.get("/uri/" + kCap + "//child").status, 400U);
        QCOMPARE(web.get("/uri/" + kCap + "/").status, 400U);
    }
    void otherMethods()
    {
        WebFixture web;
        store(web);
        QCOMPARE(web.send("PUT", "/uri/" + kCap, "x").status, 400U);
        QCOMPARE(web.send("DELETE", "/uri/" + kCap).status, 400U);
        QCOMPARE(web.send("PATCH", "/uri/" + kCap).status, 501U);
        QCOMPARE(web.send("POST", "/file/" + kCap).status, 400U);
        QCOMPARE(web.get("/file").status, 404U);
        QCOMPARE(web.get("/file/" + kVerify).status, 400U);
        QCOMPARE(web.get("/nothing").status, 404U);
        QCOMPARE(web.get("/static").status, 404U);
        QCOMPARE(web.send("DELETE", "/uri").status, 501U);
        QCOMPARE(web.send("POST", "/").status, 200U);
    }
    void whatMutableCapabilitiesTellByThemselves()
    {
        WebFixture web;
        const std::string rest = "aaaqeayeaudaocajbifqydiob4:" + kHash;
        for (const std::string& type :
             {std::string("SSK"), std::string("MDMF-RO"), std::string("DIR2")}) {
            const std::string cap = "URI:" + type + ":" + rest;
            const std::string told = web.get("/uri/" + cap + "?t=uri").body;
            QVERIFY2(told == cap, (cap + ": " + told).c_str());
        }
        QCOMPARE(web.get("/uri/URI:SSK:" + rest + "?t=readonly-uri").body,
                 "URI:SSK-RO:zlnpn42lu7xedonux53kr42hsm:" + kHash);
        QCOMPARE(web.get("/file/URI:DIR2:" + rest).status, 400U);
        QCOMPARE(web.get("/file/URI:SSK-Verifier:" + rest).status, 400U);
        QCOMPARE(web.files.mutables.reads, 0U);
    }
    void lostFilesAreGone()
    {
        WebFixture web;
        store(web);
        web.files.readError = Error(ErrorCode::NotEnoughShares, "2 of 3 shares");
        const WebAnswer few = web.get("/uri/" + kCap);
        QCOMPARE(few.status, 410U);
        QVERIFY(few.body.starts_with("NotEnoughSharesError: "));
        QVERIFY(few.body.find("2 of 3 shares") != std::string::npos);
        web.files.readError = Error(ErrorCode::NoShares, "none");
        QVERIFY(web.get("/uri/" + kCap).body.starts_with("NoSharesError: "));
        const WebAnswer json = web.get("/uri/" + kCap, {{"Accept", "application/json"}});
        QCOMPARE(json.status, 410U);
        QVERIFY(json.body.find("\"code\": \"NoShares\"") != std::string::npos);
        web.files.readError = Error(ErrorCode::Internal, "oops");
        QCOMPARE(web.get("/uri/" + kCap).status, 500U);
    }
    void lateFailuresCutTheAnswer()
    {
        WebFixture web;
        store(web);
        web.files.lateReadError = Error(ErrorCode::NotEnoughShares, "lost on the way");
        const WebAnswer answer = web.get("/uri/" + kCap);
        QCOMPARE(answer.status, 200U);
        QVERIFY(answer.cut);
        QVERIFY(answer.body.size() < kContent.size());
    }
    void leavingStopsTheWork()
    {
        WebFixture web;
        store(web);
        web.files.blockReads = true;
        QCOMPARE(web.beginAndLeave("/uri/" + kCap), 200U);
        QCOMPARE(web.files.cancelledReads, 1);
        // It is counted with the status that it saw.
        const std::string metrics = web.get("/metrics").body;
        QVERIFY(metrics.find("code=\"none\"") == std::string::npos);
        QVERIFY(metrics.find("{endpoint=\"object\",code=\"200\"} 1\n") != std::string::npos);
    }
};

QTEST_GUILESS_MAIN(TestWebReads)
#include "test_web_reads.moc"
