#include "core/net/http_client.h"
#include "tests/support/engine.h"
#include "tests/support/transport_pairs.h"

#include <boost/asio/detached.hpp>

#include <QtTest/QTest>

using namespace tarn;
using namespace std::chrono_literals;

namespace {

struct Outcome
{
    Result<net::ResponseHead> head;
    Result<Bytes> body;
    bool reusable = false;
};

/// A client on one end, prepared bytes on the other.
struct RawServer
{
    RawServer()
    {
        auto pair = test::makePlainPair(engine.executor(), engine.clock());
        TARN_ASSERT(pair.has_value());
        connection =
            std::make_unique<net::HttpClientConnection>(std::move(pair->client), engine.clock());
        channel = std::move(pair->server);
    }
    void say(std::string_view text)
    {
        const std::array<ByteView, 1> pieces{asBytes(text)};
        TARN_ASSERT(engine.run(channel->write(pieces)).value().has_value());
    }
    Outcome ask(const std::string& method = "GET")
    {
        return *engine.run(asking(*connection, method));
    }
    Outcome askWhenAnswered(std::string_view text, bool andClose, const std::string& method = "GET")
    {
        say(text);
        if (andClose) TARN_ASSERT(engine.run(channel->endWriting()).value().has_value());
        return ask(method);
    }
    static asio::awaitable<Outcome> asking(net::HttpClientConnection& connection,
                                           std::string method)
    {
        net::RequestHead head;
        head.method = std::move(method);
        head.target = "/";
        head.headers.add("Host", "h");
        Outcome outcome;
        outcome.head = co_await connection.request(head, std::span<const ByteView>());
        if (outcome.head) outcome.body = co_await connection.readAll(1000);
        outcome.reusable = connection.reusable();
        co_return outcome;
    }

    test::Engine engine;
    std::unique_ptr<net::HttpClientConnection> connection;
    std::unique_ptr<net::Channel> channel;
};

} // namespace

class TestHttpClient final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void readsAnswers_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<bool>("reusable");
        const auto row = [](const char* name, const char* text, const char* body, bool reusable) {
            QTest::newRow(name) << QByteArray(text) << QByteArray(body) << reusable;
        };
        row("length", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", "abc", true);
        row("no body", "HTTP/1.1 204 No Content\r\n\r\n", "", true);
        row("chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
            "abc", true);
        row("chunked with trailer",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nA: b\r\n\r\n",
            "abc", true);
        row("interim answers",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: "
            "x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na",
            "a", true);
        row("close", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\na", "a",
            false);
        row("until close", "HTTP/1.1 200 OK\r\n\r\nabcdef", "abcdef", false);
        row("HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na", "a", false);
        row("bytes too many", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab", "a", false);
    }
    void readsAnswers()
    {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, body);
        QFETCH(bool, reusable);
        RawServer server;
        const Outcome outcome = server.askWhenAnswered(text.toStdString(), true);
        QVERIFY2(outcome.head, outcome.head ? "" : outcome.head.error().text().c_str());
        QVERIFY2(outcome.body, outcome.body ? "" : outcome.body.error().text().c_str());
        QCOMPARE(asText(*outcome.body), std::string_view(body.toStdString()));
        QCOMPARE(outcome.reusable, reusable);
    }
    void refusesAnswers_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<int>("code");
        const auto row = [](const char* name, const QByteArray& text, ErrorCode code) {
            QTest::newRow(name) << text << static_cast<int>(code);
        };
        row("nothing", "", ErrorCode::PeerUnreachable);
        row("half a head", "HTTP/1.1 200 OK\r\nA:", ErrorCode::PeerUnreachable);
        row("not HTTP", "220 smtp.example\r\n\r\n", ErrorCode::PeerMisbehaved);
        row("length and chunked",
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc",
            ErrorCode::PeerMisbehaved);
        row("two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
            ErrorCode::PeerMisbehaved);
        row("bare LF", "HTTP/1.1 200 OK\nContent-Length: 3\n\nabc", ErrorCode::PeerMisbehaved);
        row("endless head", "HTTP/1.1 200 OK\r\nA: " + QByteArray(70'000, 'x'),
            ErrorCode::PeerMisbehaved);
        row("uninvited upgrade", "HTTP/1.1 101 Switching Protocols\r\n\r\n",
            ErrorCode::PeerMisbehaved);
        row("endless interim", QByteArray("HTTP/1.1 100 Continue\r\n\r\n").repeated(20),
            ErrorCode::PeerMisbehaved);
        row("body cut", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab",
            ErrorCode::PeerUnreachable);
        row("chunks cut", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
            ErrorCode::PeerUnreachable);
        row("bad chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
            ErrorCode::PeerMisbehaved);
        row("longer than wanted", "HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n",
            ErrorCode::PeerMisbehaved);
        row("chunks longer than wanted",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n" + QByteArray(2000, 'x') +
                "\r\n0\r\n\r\n",
            ErrorCode::PeerMisbehaved);
    }
    void refusesAnswers()
    {
        QFETCH(QByteArray, text);
        QFETCH(int, code);
        RawServer server;
        const Outcome outcome = server.askWhenAnswered(text.toStdString(), true);
        const Error error = outcome.head ? outcome.body.error() : outcome.head.error();
        QCOMPARE(static_cast<int>(error.code()), code);
        QVERIFY(!outcome.reusable);
    }
    void headAnswersHaveNoBody()
    {
        RawServer server;
        const Outcome outcome =
            server.askWhenAnswered("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", false, "HEAD");
        QVERIFY(outcome.body);
        QVERIFY(outcome.body->empty());
        QVERIFY(outcome.reusable);
    }
    void silentServersTimeOut()
    {
        RawServer server;
        const TimePoint begin = server.engine.clock().now();
        const Outcome outcome = server.ask();
        QCOMPARE(outcome.head.error().code(), ErrorCode::Timeout);
        QCOMPARE(server.engine.clock().now() - begin, Duration(60s));
        QVERIFY(!server.connection->answerBegan());
    }
    void stalledBodiesTimeOut()
    {
        RawServer server;
        const Outcome outcome =
            server.askWhenAnswered("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", false);
        QCOMPARE(outcome.body.error().code(), ErrorCode::Timeout);
        QVERIFY(server.connection->answerBegan());
    }
    void bytewiseBodiesTimeOut()
    {
        RawServer server;
        server.say("HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n");
        const auto drip = [](net::Channel& channel, Clock& clock) -> asio::awaitable<void> {
            const std::array<ByteView, 1> piece{asBytes("x")};
            for (int i = 0; i < 900; ++i) {
                const Result<void> written = co_await channel.write(piece);
                if (!written) co_return;
                co_await clock.sleep(1s);
            }
        };
        asio::co_spawn(server.engine.executor(), drip(*server.channel, server.engine.clock()),
                       asio::detached);
        const TimePoint begin = server.engine.clock().now();
        const Outcome outcome = server.ask();
        QCOMPARE(outcome.body.error().code(), ErrorCode::Timeout);
        QVERIFY(server.engine.clock().now() - begin < 62s);
        QVERIFY(!outcome.reusable);
        server.engine.clock().runUntil(server.engine.context(), 1h, [] { return false; });
    }
    void idleConnectionsDoNotExpire()
    {
        RawServer server;
        const Outcome first =
            server.askWhenAnswered("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na", false);
        QVERIFY(first.reusable);
        server.engine.clock().advance(24h);
        server.engine.settle();
        const Outcome second =
            server.askWhenAnswered("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nb", false);
        QVERIFY(second.body);
        QCOMPARE(asText(*second.body), std::string_view("b"));
    }
    void sendsHeadAndBodyTogether()
    {
        RawServer server;
        server.say("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        net::RequestHead head;
        head.method = "PUT";
        head.target = "/x";
        head.headers.add("Host", "h");
        const std::array<ByteView, 2> body{asBytes("ab"), asBytes("cd")};
        QVERIFY(server.engine.run(server.connection->request(head, body)).value());
        Bytes got(1000);
        const auto count = server.engine.run(server.channel->readSome(got)).value();
        QVERIFY(count);
        QCOMPARE(asText(ByteView(got).first(*count)),
                 std::string_view("PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nabcd"));
    }
    void announcedLengthIsKept()
    {
        RawServer server;
        net::RequestHead head;
        head.method = "PUT";
        head.target = "/x";
        head.headers.add("Host", "h");
        auto& connection = *server.connection;
        QVERIFY(server.engine.run(connection.beginRequest(head, 3)).value());
        const auto tooMuch = server.engine.run(connection.writeBody(asBytes("abcd"))).value();
        QCOMPARE(tooMuch.error().code(), ErrorCode::InvalidInput);
        QVERIFY(server.engine.run(connection.writeBody(asBytes("ab"))).value());
        const auto tooLittle = server.engine.run(connection.finishRequest()).value();
        QCOMPARE(tooLittle.error().code(), ErrorCode::InvalidInput);
        QVERIFY(!connection.reusable());
    }
    void badHeadsAreNotSent()
    {
        RawServer server;
        net::RequestHead head;
        head.method = "GET";
        head.target = "/";
        head.headers.add("X", "a\r\nInjected: yes");
        const auto injected =
            server.engine.run(server.connection->request(head, std::span<const ByteView>()));
        QCOMPARE(injected->error().code(), ErrorCode::InvalidInput);
        head.headers = {{"Content-Length", "3"}};
        const auto length =
            server.engine.run(server.connection->request(head, std::span<const ByteView>()));
        QCOMPARE(length->error().code(), ErrorCode::InvalidInput);
        QVERIFY(server.connection->reusable());
    }
    void earlyAnswerIsReturned()
    {
        RawServer server;
        server.say("HTTP/1.1 507 Insufficient Storage\r\nContent-Length: 2\r\n\r\nno");
        server.channel->close();
        net::RequestHead head;
        head.method = "PUT";
        head.target = "/x";
        head.headers.add("Host", "h");
        const Bytes large = zeroBytes(8 << 20U);
        const std::array<ByteView, 1> body{ByteView(large)};
        const auto answer = server.engine.run(server.connection->request(head, body)).value();
        QVERIFY2(answer, answer ? "" : answer.error().text().c_str());
        QCOMPARE(answer->status, 507U);
        QVERIFY(!server.connection->reusable());
    }
    void upgradeLeavesNothingBehind()
    {
        RawServer server;
        server.say("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nalready here");
        net::RequestHead head;
        head.method = "GET";
        head.target = "/";
        head.headers.add("Host", "h");
        head.headers.add("Upgrade", "x");
        const auto answer =
            server.engine.run(server.connection->request(head, std::span<const ByteView>()));
        QCOMPARE((*answer)->status, 101U);
        const net::UpgradedChannel taken = std::move(*server.connection).upgrade();
        QCOMPARE(asText(taken.leftover), std::string_view("already here"));
        QVERIFY(taken.channel != nullptr);
    }
};

QTEST_GUILESS_MAIN(TestHttpClient)
#include "test_http_client.moc"
