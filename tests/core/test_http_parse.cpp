#include "core/net/http_parse.h"
#include "tests/support/property.h"

#include <QtTest/QTest>

using namespace tarn;
using net::BodyFraming;

namespace {

constexpr std::size_t kMax = 20;

std::string request(const std::string& fields)
{
    return "GET /a?b=c HTTP/1.1\r\nHost: h\r\n" + fields;
}

} // namespace

class TestHttpParse final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void readsARequest()
    {
        const auto head = net::parseRequestHead(request("X-A:  1 2\t\r\nx-a: 3\r\n"), kMax);
        QVERIFY(head);
        QCOMPARE(head->method, std::string("GET"));
        QCOMPARE(head->target, std::string("/a?b=c"));
        QCOMPARE(head->minorVersion, 1U);
        QCOMPARE(*head->headers.find("X-a"), std::string("1 2"));
        QCOMPARE(head->headers.all("X-A").size(), std::size_t{2});
    }
    void refusesRequests_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<bool>("unsupported");
        const auto row = [](const char* name, const char* text, bool unsupported = false) {
            QTest::newRow(name) << QString(text) << unsupported;
        };
        row("empty", "");
        row("no CRLF", "GET / HTTP/1.1");
        row("bare LF", "GET / HTTP/1.1\nHost: h\n");
        row("bare CR inside", "GET / HTTP/1.1\r\nHost: h\rX: y\r\n");
        row("two parts", "GET /\r\nHost: h\r\n");
        row("space in target", "GET /a b HTTP/1.1\r\nHost: h\r\n");
        row("double space", "GET  / HTTP/1.1\r\nHost: h\r\n");
        row("leading space", " GET / HTTP/1.1\r\nHost: h\r\n");
        row("control in target", "GET /\x01 HTTP/1.1\r\nHost: h\r\n");
        row("method with colon", "GE:T / HTTP/1.1\r\nHost: h\r\n");
        row("long method", "GETGETGETGETGETGETGETGETGETGETGETGET / HTTP/1.1\r\nHost: h\r\n");
        row("no slash", "GET a HTTP/1.1\r\nHost: h\r\n");
        row("asterisk", "GET * HTTP/1.1\r\nHost: h\r\n");
        row("absolute ftp", "GET ftp://h/ HTTP/1.1\r\nHost: h\r\n");
        row("absolute without host", "GET http:///x HTTP/1.1\r\nHost: h\r\n");
        row("lower case version", "GET / http/1.1\r\nHost: h\r\n");
        row("HTTP/1.10", "GET / HTTP/1.10\r\nHost: h\r\n");
        row("HTTP/2.0", "GET / HTTP/2.0\r\nHost: h\r\n", true);
        row("HTTP/1.2", "GET / HTTP/1.2\r\nHost: h\r\n", true);
        row("no host", "GET / HTTP/1.1\r\n");
        row("two hosts", "GET / HTTP/1.1\r\nHost: h\r\nHost: h\r\n");
        row("folded", "GET / HTTP/1.1\r\nHost: h\r\nX: 1\r\n 2\r\n");
        row("folded first", "GET / HTTP/1.1\r\n X: 1\r\nHost: h\r\n");
        row("space before colon", "GET / HTTP/1.1\r\nHost: h\r\nX : 1\r\n");
        row("no colon", "GET / HTTP/1.1\r\nHost: h\r\nX\r\n");
        row("empty name", "GET / HTTP/1.1\r\nHost: h\r\n: 1\r\n");
        row("control in value", "GET / HTTP/1.1\r\nHost: h\r\nX: \x02\r\n");
        row("delete in value", "GET / HTTP/1.1\r\nHost: h\r\nX: \x7f\r\n");
    }
    void refusesRequests()
    {
        QFETCH(QString, text);
        QFETCH(bool, unsupported);
        const auto head = net::parseRequestHead(text.toStdString(), kMax);
        QVERIFY(!head);
        QCOMPARE(head.error().code(),
                 unsupported ? ErrorCode::Unsupported : ErrorCode::InvalidInput);
    }
    void refusesNulBytes()
    {
        std::string text = request("X: a");
        text.push_back('\0');
        QVERIFY(!net::parseRequestHead(text + "\r\n", kMax));
    }
    void countsHeaders()
    {
        std::string fields;
        for (std::size_t i = 1; i < kMax; ++i)
            fields += "X: 1\r\n";
        QVERIFY(net::parseRequestHead(request(fields), kMax));
        QVERIFY(!net::parseRequestHead(request(fields + "X: 1\r\n"), kMax));
    }
    void turnsAbsoluteFormIntoOrigin()
    {
        const auto head =
            net::parseRequestHead("GET http://real:80?q HTTP/1.1\r\nHost: other\r\n", kMax);
        QVERIFY(head);
        QCOMPARE(head->target, std::string("/?q"));
        QCOMPARE(*head->headers.find("host"), std::string("real:80"));
    }
    void framesRequests_data()
    {
        QTest::addColumn<QString>("fields");
        QTest::addColumn<int>("kind"); // -1 invalid, -2 unsupported
        QTest::addColumn<qulonglong>("length");
        const auto row = [](const char* name, const char* fields, int kind, qulonglong n = 0) {
            QTest::newRow(name) << QString(fields) << kind << n;
        };
        const int none = static_cast<int>(BodyFraming::Kind::None);
        const int length = static_cast<int>(BodyFraming::Kind::Length);
        const int chunked = static_cast<int>(BodyFraming::Kind::Chunked);
        row("nothing", "", none);
        row("zero", "Content-Length: 0\r\n", none);
        row("length", "Content-Length: 17\r\n", length, 17);
        row("largest", "Content-Length: 9223372036854775807\r\n", length, 9223372036854775807ULL);
        row("chunked", "Transfer-Encoding: CHUNKED\r\n", chunked);
        row("too large", "Content-Length: 9223372036854775808\r\n", -1);
        row("overflow", "Content-Length: 99999999999999999999999\r\n", -1);
        row("negative", "Content-Length: -1\r\n", -1);
        row("plus", "Content-Length: +1\r\n", -1);
        row("hex", "Content-Length: 0x10\r\n", -1);
        row("empty", "Content-Length:\r\n", -1);
        row("list", "Content-Length: 5, 5\r\n", -1);
        row("twice", "Content-Length: 5\r\nContent-Length: 5\r\n", -1);
        row("twice, different", "Content-Length: 5\r\nContent-Length: 6\r\n", -1);
        row("both", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", -1);
        row("both, other order", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", -1);
        row("chunked twice", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", -1);
        row("gzip", "Transfer-Encoding: gzip\r\n", -2);
        row("gzip, chunked", "Transfer-Encoding: gzip, chunked\r\n", -2);
        row("identity", "Transfer-Encoding: identity\r\n", -2);
        row("vertical tab", "Transfer-Encoding: \x0b chunked\r\n", -3);
        row("xchunked", "Transfer-Encoding: xchunked\r\n", -2);
    }
    void framesRequests()
    {
        QFETCH(QString, fields);
        QFETCH(int, kind);
        QFETCH(qulonglong, length);
        const auto head = net::parseRequestHead(request(fields.toStdString()), kMax);
        QCOMPARE(head.has_value(), kind != -3);
        if (kind == -3) return;
        const auto framing = net::framingOf(*head);
        if (kind < 0) {
            QVERIFY(!framing);
            QCOMPARE(framing.error().code(),
                     kind == -1 ? ErrorCode::InvalidInput : ErrorCode::Unsupported);
            return;
        }
        QVERIFY(framing);
        QCOMPARE(static_cast<int>(framing->kind), kind);
        QCOMPARE(static_cast<qulonglong>(framing->length), length);
    }
    void chunkedInHttp10IsRefused()
    {
        const auto head =
            net::parseRequestHead("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n", kMax);
        QVERIFY(head);
        QVERIFY(!net::framingOf(*head));
    }
    void readsAnswers()
    {
        const auto head = net::parseResponseHead("HTTP/1.1 204 No Content\r\nA: b\r\n", kMax);
        QVERIFY(head);
        QCOMPARE(head->status, 204U);
        QCOMPARE(head->reason, std::string("No Content"));
        QVERIFY(net::parseResponseHead("HTTP/1.0 200 \r\n", kMax));
        QVERIFY(net::parseResponseHead("HTTP/1.1 200\r\n", kMax));
    }
    void refusesAnswers_data()
    {
        QTest::addColumn<QString>("text");
        QTest::newRow("empty") << "";
        QTest::newRow("not HTTP") << "SSH-2.0-OpenSSH\r\n";
        QTest::newRow("status 99") << "HTTP/1.1 099 x\r\n";
        QTest::newRow("two digits") << "HTTP/1.1 20 x\r\n";
        QTest::newRow("four digits") << "HTTP/1.1 2000 x\r\n";
        QTest::newRow("no space") << "HTTP/1.1200 x\r\n";
        QTest::newRow("folded") << "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n";
        QTest::newRow("version") << "HTTP/3.0 200 OK\r\n";
        QTest::newRow("bare LF") << "HTTP/1.1 200 OK\nA: b\n";
    }
    void refusesAnswers()
    {
        QFETCH(QString, text);
        const auto head = net::parseResponseHead(text.toStdString(), kMax);
        QVERIFY(!head);
        QCOMPARE(head.error().code(), ErrorCode::PeerMisbehaved);
    }
    void framesAnswers()
    {
        net::ResponseHead head;
        head.status = 200;
        QCOMPARE(net::framingOf(head, "GET")->kind, BodyFraming::Kind::UntilClose);
        head.headers.add("Content-Length", "5");
        QCOMPARE(net::framingOf(head, "GET")->kind, BodyFraming::Kind::Length);
        QCOMPARE(net::framingOf(head, "HEAD")->kind, BodyFraming::Kind::None);
        head.status = 304;
        QCOMPARE(net::framingOf(head, "GET")->kind, BodyFraming::Kind::None);
        head.headers.add("Transfer-Encoding", "chunked");
        QCOMPARE(net::framingOf(head, "GET").error().code(), ErrorCode::PeerMisbehaved);
    }
    void chunkSizes()
    {
        QCOMPARE(*net::parseChunkSize("0"), std::uint64_t{0});
        QCOMPARE(*net::parseChunkSize("aF"), std::uint64_t{0xaf});
        QCOMPARE(*net::parseChunkSize("10;name=value"), std::uint64_t{16});
        for (const char* bad : {"", " 5", "5 ", "-5", "0x5", "g", "fffffffffffffffff",
                                "ffffffffffffffff", ";a", "5;\x01"})
            QVERIFY2(!net::parseChunkSize(bad), bad);
    }
    void injectedLinesAreNotSent()
    {
        net::RequestHead head;
        head.method = "GET";
        head.target = "/";
        head.headers.add("X", "a\r\nY: b");
        QVERIFY(!net::formatRequestHead(head));
        head.headers = {};
        head.target = "/ HTTP/1.1\r\n";
        QVERIFY(!net::formatRequestHead(head));
        head.target = "/";
        head.method = "GET /x";
        QVERIFY(!net::formatRequestHead(head));
    }
    void whatIsFormattedIsReadBack()
    {
        QVERIFY(test::forAll(300, [](test::SeededRandom& random) {
            net::RequestHead head;
            head.method = random.chance(0.5) ? "GET" : "PATCH";
            head.target = "/" + net::percentEncode(textOf(random.bytesBetween(0, 40)));
            head.headers.add("Host", "h");
            for (std::uint64_t i = random.between(0, 5); i > 0; --i)
                head.headers.add("X-" + std::to_string(i),
                                 net::percentEncode(textOf(random.bytesBetween(0, 20))));
            const auto text = net::formatRequestHead(head);
            const auto back =
                text ? net::parseRequestHead(*text, kMax) : Result<net::RequestHead>(text.error());
            return back && back->target == head.target &&
                   back->headers.size() == head.headers.size();
        }));
    }
    void keepAlive()
    {
        net::HttpHeaders headers;
        QVERIFY(net::keepsAlive(1, headers));
        QVERIFY(!net::keepsAlive(0, headers));
        headers.add("Connection", "upgrade, Close");
        QVERIFY(!net::keepsAlive(1, headers));
    }
};

QTEST_GUILESS_MAIN(TestHttpParse)
#include "test_http_parse.moc"
