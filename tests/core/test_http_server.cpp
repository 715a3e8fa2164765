#include "core/net/http_server.h"
#include "tests/support/engine.h"
#include "tests/support/http_suite.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace std::chrono_literals;

namespace {

/// A server on one end of a pair, raw bytes on the other.
struct RawClient
{
    explicit RawClient(net::HttpServerLimits limits = {})
        : handler(engine.clock()), server(std::make_unique<net::HttpServer>(
                                       engine.executor(), handler, engine.clock(), limits))
    {
        auto pair = test::makePlainPair(engine.executor(), engine.clock());
        TARN_ASSERT(pair.has_value());
        channel = std::move(pair->client);
        server->serve(std::move(pair->server));
    }

    /// Handlers that still run end while their handler object is there.
    ~RawClient()
    {
        server.reset();
        engine.settle();
    }
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;

    bool send(std::string_view text)
    {
        const std::array<ByteView, 1> pieces{asBytes(text)};
        return engine.run(channel->write(pieces)).value().has_value();
    }
    /// Everything until the server closes; virtual time passes as it takes.
    std::string receiveAll() { return engine.run(readToEnd(*channel)).value_or("never ended"); }
    /// Waits until this much has come in all.
    std::string receive(std::size_t size)
    {
        return engine.run(readSize(*channel, size)).value_or("never ended");
    }
    std::string talk(std::string_view text) { return send(text) ? receiveAll() : "not sent"; }

    static asio::awaitable<std::string> readToEnd(net::Channel& channel)
    {
        std::string all;
        Bytes buffer(100'000);
        for (;;) {
            const Result<std::size_t> count = co_await channel.readSome(buffer);
            if (!count || *count == 0) co_return all;
            all += asText(ByteView(buffer).first(*count));
        }
    }
    static asio::awaitable<std::string> readSize(net::Channel& channel, std::size_t size)
    {
        std::string all;
        while (all.size() < size) {
            Bytes buffer(size - all.size());
            const Result<std::size_t> count = co_await channel.readSome(buffer);
            if (!count || *count == 0) co_return all;
            all += asText(ByteView(buffer).first(*count));
        }
        co_return all;
    }

    /// One more connection to the same server.
    std::unique_ptr<net::Channel> another()
    {
        auto pair = test::makePlainPair(engine.executor(), engine.clock());
        TARN_ASSERT(pair.has_value());
        server->serve(std::move(pair->server));
        engine.settle();
        return std::move(pair->client);
    }

    test::Engine engine;
    test::SuiteHandler handler;
    std::unique_ptr<net::HttpServer> server;
    std::unique_ptr<net::Channel> channel;
};

unsigned countOf(const std::string& text, std::string_view part)
{
    unsigned count = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
        ++count;
    return count;
}

constexpr const char* kLastGet = "GET /size/3 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
constexpr const char* kGet = "GET /size/3 HTTP/1.1\r\nHost: h\r\n\r\n";

} // namespace

class TestHttpServer final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void answersWhoWritesNoMore()
    {
        RawClient client;
        QVERIFY(client.send(std::string(kGet) + kGet));
        QVERIFY(client.engine.run(client.channel->endWriting()).value());
        const std::string answer = client.receiveAll();
        QCOMPARE(countOf(answer, "HTTP/1.1 200"), 2U);
        QCOMPARE(client.handler.served, 2U);
    }
    void halfARequestThatEndsIsNotServed()
    {
        RawClient client;
        QVERIFY(client.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-"));
        QVERIFY(client.engine.run(client.channel->endWriting()).value());
        const TimePoint before = client.engine.clock().now();
        const std::string answer = client.receiveAll();
        QVERIFY2(answer.find("HTTP/1.1 2") == std::string::npos, answer.c_str());
        QCOMPARE(client.handler.served, 0U);
        QVERIFY(client.engine.clock().now() - before < 30s);
    }
    void refusesWhatCouldSmuggle_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("status");
        const auto row = [](const char* name, const char* text, const char* status) {
            QTest::newRow(name) << QByteArray(text) << QByteArray(status);
        };
        row("length and chunked",
            "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: "
            "chunked\r\n\r\n0\r\n\r\nGET /x HTTP/1.1\r\nHost: h\r\n\r\n",
            "400");
        row("two lengths",
            "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nContent-Length: "
            "6\r\n\r\n123456",
            "400");
        row("obs-fold", "GET / HTTP/1.1\r\nHost: h\r\nX: 1\r\n\tContent-Length: 5\r\n\r\n", "400");
        row("bare LF head", "GET / HTTP/1.1\nHost: h\n\n", "400");
        row("bare LF end", "GET / HTTP/1.1\r\nHost: h\r\n\n", "400");
        row("space before colon",
            "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length : 5\r\n\r\n12345", "400");
        row("unknown coding",
            "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, x\r\n\r\n", "501");
        row("version", "GET / HTTP/9.9\r\nHost: h\r\n\r\n", "505");
        row("binary", "\x16\x03\x01\x02\r\n\r\n", "400");
        row("no host", "GET / HTTP/1.1\r\n\r\n", "400");
    }
    void refusesWhatCouldSmuggle()
    {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, status);
        RawClient client;
        const std::string answer = client.talk(text.toStdString());
        QVERIFY2(answer.starts_with("HTTP/1.1 " + status.toStdString()), answer.c_str());
        QCOMPARE(countOf(answer, "\r\nDate: "), 1U);
        QVERIFY(answer.find("Connection: close\r\n") != std::string::npos);
        QCOMPARE(client.handler.served, 0U);
        client.channel->close();
        client.engine.settle();
        QCOMPARE(client.server->connections(), std::size_t{0});
    }
    void badChunksEndTheConnection_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::newRow("not hex") << QByteArray("zz\r\nab\r\n0\r\n\r\n");
        QTest::newRow("negative") << QByteArray("-2\r\nab\r\n0\r\n\r\n");
        QTest::newRow("too large") << QByteArray("fffffffffffffffff\r\n");
        QTest::newRow("longer than it says") << QByteArray("2\r\nabc\r\n0\r\n\r\n");
        QTest::newRow("bare LF") << QByteArray("2\nab\n0\n\n");
        QTest::newRow("endless extension") << QByteArray("2;" + QByteArray(5000, 'x'));
        QTest::newRow("bad trailer") << QByteArray("0\r\nno colon\r\n\r\n");
        QTest::newRow("endless trailer")
            << QByteArray("0\r\n" + QByteArray(6000, 'x').prepend("a:") + "\r\n" +
                          QByteArray(9000, 'y').prepend("b:") + "\r\n" +
                          QByteArray(9000, 'y').prepend("b:") + "\r\n\r\n");
    }
    void badChunksEndTheConnection()
    {
        QFETCH(QByteArray, body);
        RawClient client;
        const std::string head = "POST /count HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: "
                                 "chunked\r\n\r\n";
        const std::string answer = client.talk(head + body.toStdString() + kGet);
        QCOMPARE(client.handler.served, 1U); // the bytes behind are never taken for a request
        QVERIFY2(answer.starts_with("HTTP/1.1 400 "), answer.c_str());
        QCOMPARE(countOf(answer, "HTTP/1.1 "), 1U);
        QVERIFY(answer.find("\r\nConnection: close\r\n") != std::string::npos);
    }
    void goodChunksWithExtensionsAndTrailers()
    {
        RawClient client;
        const std::string answer =
            client.talk("POST /count HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                        "3;a=b\r\nabc\r\nA\r\n0123456789\r\n0;x\r\nT: v\r\n\r\n");
        QVERIFY2(answer.ends_with("\r\n\r\n13"), answer.c_str());
    }
    void pipelinedRequestsAreAnsweredInOrder()
    {
        RawClient client;
        const std::string answer =
            client.talk("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nonePOST /echo "
                        "HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\ntwo"
                        "\r\nGET /none HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
        QCOMPARE(client.handler.served, 3U);
        const std::size_t one = answer.find("\r\n\r\none");
        const std::size_t two = answer.find("\r\n\r\ntwo");
        const std::size_t none = answer.find("HTTP/1.1 404");
        QVERIFY(one < two && two < none && none != std::string::npos);
    }
    /// Behind the one that waits there is a watch, and its end meets the next one's beginning.
    void manyPipelinedRequestsAreAnswered()
    {
        constexpr unsigned kMany = 2000;
        RawClient client;
        std::string requests = "GET /hold HTTP/1.1\r\nHost: h\r\n\r\n";
        for (unsigned i = 0; i < kMany; ++i)
            requests += "GET /none HTTP/1.1\r\nHost: h\r\n\r\n";
        requests += "GET /none HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
        const std::string answer = client.talk(requests);
        QCOMPARE(countOf(answer, "HTTP/1.1 404"), kMany + 1);
        QCOMPARE(client.handler.served, kMany + 2);
    }
    void emptyLineBeforeARequestMayComeInPieces()
    {
        RawClient client;
        QVERIFY(client.send("\r"));
        client.engine.settle();
        QVERIFY(client.send(std::string("\n") + kLastGet));
        QVERIFY(client.receiveAll().starts_with("HTTP/1.1 200"));
    }
    void http10ClientsGetUntilClose()
    {
        RawClient client;
        const std::string answer = client.talk("GET /chunked/5 HTTP/1.0\r\n\r\n");
        QVERIFY(answer.find("chunked") == std::string::npos);
        QVERIFY(answer.find("Connection: close\r\n") != std::string::npos);
        const Bytes pattern = test::patternBytes(5);
        QVERIFY(answer.ends_with(asText(pattern)));
    }
    void headHasNoBody()
    {
        RawClient client;
        const std::string answer =
            client.talk("HEAD /size/7 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
        QVERIFY(answer.find("Content-Length: 7\r\n") != std::string::npos);
        QVERIFY(answer.ends_with("\r\n\r\n"));
    }
    void continueIsSentWhenTheBodyIsWanted()
    {
        RawClient client;
        QVERIFY(client.send("POST /count HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: "
                            "100-continue\r\n\r\n"));
        const std::string_view interim = "HTTP/1.1 100 Continue\r\n\r\n";
        QCOMPARE(client.receive(interim.size()), std::string(interim));
        const std::string answer = client.talk("ab");
        QVERIFY2(answer.starts_with("HTTP/1.1 200"), answer.c_str());
    }
    void unwantedBodyIsNotInvited()
    {
        RawClient client;
        const std::string answer =
            client.talk("POST /ignore HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: "
                        "100-continue\r\n\r\n");
        QVERIFY2(answer.starts_with("HTTP/1.1 204"), answer.c_str());
        QVERIFY(answer.find("Connection: close") != std::string::npos);
    }
    void headsHaveALimit()
    {
        net::HttpServerLimits limits;
        limits.headBytes = 4096;
        RawClient client(limits);
        const std::string answer =
            client.talk("GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(5000, 'x'));
        QVERIFY2(answer.starts_with("HTTP/1.1 431"), answer.c_str());
    }
    /// Nothing that a browser shows goes out without what the server's owner wants there.
    void ownAnswersHaveTheOwnersHeaders()
    {
        net::HttpServerLimits limits;
        limits.headBytes = 4096;
        limits.ownAnswers.set("X-Frame-Options", "DENY");
        const auto carries = [&](const std::string& request, std::string_view status) {
            RawClient client(limits);
            const std::string answer = client.talk(request);
            return answer.starts_with("HTTP/1.1 " + std::string(status)) &&
                   answer.find("X-Frame-Options: DENY\r\n") != std::string::npos;
        };
        QVERIFY(carries("GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(5000, 'x'), "431"));
        QVERIFY(carries("nonsense\r\n\r\n", "400"));
        QVERIFY(carries("GET / HTTP/2.0\r\nHost: h\r\n\r\n", "505"));
        QVERIFY(carries("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n", "501"));
    }
    void slowHeadsAreDropped()
    {
        RawClient client;
        const TimePoint begin = client.engine.clock().now();
        QVERIFY(client.send("GET / HTTP/1.1\r\nHo"));
        QCOMPARE(client.receiveAll(), std::string());
        QCOMPARE(client.engine.clock().now() - begin, Duration(30s));
        QCOMPARE(client.server->connections(), std::size_t{0});
    }
    void drippingDoesNotExtendTheHead()
    {
        RawClient client;
        const TimePoint begin = client.engine.clock().now();
        asio::co_spawn(
            client.engine.context(),
            [](RawClient& c) -> asio::awaitable<void> {
                for (;;) {
                    const std::array<ByteView, 1> pieces{asBytes("X")};
                    const Result<void> sent = co_await c.channel->write(pieces);
                    if (!sent) co_return;
                    co_await c.engine.clock().sleep(5s);
                }
            }(client),
            asio::detached);
        QCOMPARE(client.receiveAll(), std::string());
        QCOMPARE(client.engine.clock().now() - begin, Duration(30s));
    }
    void slowBodiesAreDropped()
    {
        RawClient client;
        const TimePoint begin = client.engine.clock().now();
        QVERIFY(client.send("POST /count HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nabc"));
        client.receiveAll();
        QCOMPARE(client.engine.clock().now() - begin, Duration(60s));
    }
    void slowReadersAreDropped()
    {
        RawClient client;
        const TimePoint begin = client.engine.clock().now();
        QVERIFY(client.send("GET /size/9000000 HTTP/1.1\r\nHost: h\r\n\r\n"));
        client.engine.clock().runUntil(client.engine.context(), 1h,
                                       [&] { return client.server->connections() == 0; });
        QCOMPARE(client.engine.clock().now() - begin, Duration(60s));
    }
    void idleConnectionsAreClosed()
    {
        RawClient client;
        QVERIFY(client.send(kGet));
        const TimePoint begin = client.engine.clock().now();
        QVERIFY(client.receiveAll().starts_with("HTTP/1.1 200"));
        QCOMPARE(client.engine.clock().now() - begin, Duration(300s));
    }
    void leavingClientCancelsTheHandler()
    {
        RawClient client;
        QVERIFY(client.send("GET /hold HTTP/1.1\r\nHost: h\r\n\r\n"));
        client.engine.settle();
        QCOMPARE(client.handler.holding, 1U);
        client.channel->close();
        client.engine.settle();
        QCOMPARE(client.handler.holding, 0U);
        QCOMPARE(client.handler.cancelled, 1U);
        QCOMPARE(client.server->connections(), std::size_t{0});
    }
    void leavingIsSeenBehindPipelinedBytes()
    {
        RawClient client;
        QVERIFY(client.send(std::string("GET /hold HTTP/1.1\r\nHost: h\r\n\r\n") + kGet));
        client.engine.settle();
        QCOMPARE(client.handler.holding, 1U);
        client.channel->close();
        client.engine.settle();
        QCOMPARE(client.handler.cancelled, 1U);
        QCOMPARE(client.handler.served, 1U);
    }
    void watchingEatsNoPipelinedBytes()
    {
        RawClient client;
        QVERIFY(client.send("GET /hold HTTP/1.1\r\nHost: h\r\n\r\n"));
        client.engine.settle();
        QVERIFY(client.send(kGet));
        client.engine.settle();
        const std::string answer = client.receiveAll(); // half a day passes
        QCOMPARE(countOf(answer, "HTTP/1.1 200"), 2U);
        QCOMPARE(client.handler.cancelled, 0U);
    }
    void stopLetsRequestsFinish()
    {
        RawClient client;
        QVERIFY(client.send("GET /hold HTTP/1.1\r\nHost: h\r\n\r\n"));
        client.engine.settle();
        bool stopped = false;
        asio::co_spawn(client.engine.context(), client.server->stop(48h),
                       [&](std::exception_ptr /*thrown*/) { stopped = true; });
        client.engine.settle();
        QVERIFY(!stopped);
        const std::string answer = client.receiveAll();
        QVERIFY2(answer.ends_with("held"), answer.c_str());
        QVERIFY(answer.find("Connection: close") != std::string::npos);
        client.channel->close();
        client.engine.settle();
        QVERIFY(stopped);
    }
    void stopAbortsAfterItsLimit()
    {
        RawClient client;
        QVERIFY(client.send("GET /hold HTTP/1.1\r\nHost: h\r\n\r\n"));
        client.engine.settle();
        bool stopped = false;
        const TimePoint begin = client.engine.clock().now();
        asio::co_spawn(client.engine.context(), client.server->stop(10s),
                       [&](std::exception_ptr /*thrown*/) { stopped = true; });
        client.engine.clock().runUntil(client.engine.context(), 1h, [&] { return stopped; });
        QVERIFY(stopped);
        QCOMPARE(client.engine.clock().now() - begin, Duration(10s));
        QCOMPARE(client.handler.cancelled, 1U);
    }
    void stopClosesIdleConnectionsAtOnce()
    {
        RawClient client;
        client.engine.settle();
        bool stopped = false;
        asio::co_spawn(client.engine.context(), client.server->stop(10s),
                       [&](std::exception_ptr /*thrown*/) { stopped = true; });
        client.engine.settle();
        QVERIFY(stopped);
        QCOMPARE(client.receiveAll(), std::string());
    }
    void longestIdleGivesWay()
    {
        net::HttpServerLimits limits;
        limits.connections = 2;
        RawClient client(limits);
        auto second = client.another();
        client.engine.clock().advance(1s);
        QVERIFY(client.send(kGet));
        client.engine.settle(); // the first is younger than the second now
        auto third = client.another();
        QCOMPARE(client.server->connections(), std::size_t{2});
        QCOMPARE(*client.engine.run(RawClient::readToEnd(*second)), std::string());
        for (net::Channel* channel : {third.get(), client.channel.get()}) {
            const std::array<ByteView, 1> pieces{asBytes(kLastGet)};
            QVERIFY(client.engine.run(channel->write(pieces)).value());
            QVERIFY(client.engine.run(RawClient::readToEnd(*channel))->starts_with("HTTP/1.1 200"));
            channel->close();
        }
        client.engine.settle();
        QCOMPARE(client.server->connections(), std::size_t{0});
    }
    void busyConnectionsStay()
    {
        net::HttpServerLimits limits;
        limits.connections = 1;
        RawClient client(limits);
        QVERIFY(client.send("GET /hold HTTP/1.1\r\nHost: h\r\n\r\n"));
        client.engine.settle();
        client.engine.clock().advance(1h);
        auto refused = client.another();
        QCOMPARE(*client.engine.run(RawClient::readToEnd(*refused)), std::string());
        QCOMPARE(client.handler.holding, 1U);
        QVERIFY(!client.server->giveWay());
        QCOMPARE(client.server->connections(), std::size_t{1});
    }
    void slowHeadsGiveWayInACrowd()
    {
        net::HttpServerLimits limits;
        limits.connections = 1;
        RawClient client(limits);
        QVERIFY(client.send("GET / HT"));
        client.engine.settle();
        client.engine.clock().advance(limits.crowdedTimeout - 1ms);
        auto refused = client.another();
        QCOMPARE(*client.engine.run(RawClient::readToEnd(*refused)), std::string());
        client.engine.clock().advance(1ms);
        auto next = client.another();
        QCOMPARE(client.receiveAll(), std::string());
        const std::array<ByteView, 1> pieces{asBytes(kLastGet)};
        QVERIFY(client.engine.run(next->write(pieces)).value());
        QVERIFY(client.engine.run(RawClient::readToEnd(*next))->starts_with("HTTP/1.1 200"));
    }
    void crowdsOfNewcomersAreCounted()
    {
        net::HttpServerLimits limits;
        limits.connections = 3;
        RawClient client(limits);
        std::vector<std::unique_ptr<net::Channel>> crowd;
        for (std::size_t i = 0; i < 50; ++i) {
            auto pair = test::makePlainPair(client.engine.executor(), client.engine.clock());
            QVERIFY(pair);
            crowd.push_back(std::move(pair->client));
            client.server->serve(std::move(pair->server)); // nobody gets a turn between them
            QCOMPARE(client.server->connections(), std::min<std::size_t>(i + 2, 3));
        }
        client.engine.settle();
        QCOMPARE(client.server->connections(), std::size_t{3});
        crowd.clear();
        client.channel->close();
        client.engine.settle();
        QCOMPARE(client.server->connections(), std::size_t{0});
    }
    void destroyedServerCancelsEverything()
    {
        test::Engine engine;
        test::SuiteHandler handler(engine.clock());
        auto pair = test::makePlainPair(engine.executor(), engine.clock());
        QVERIFY(pair);
        {
            net::HttpServer server(engine.executor(), handler, engine.clock(), {});
            server.serve(std::move(pair->server));
            const std::array<ByteView, 1> pieces{asBytes("GET /hold HTTP/1.1\r\nHost: h\r\n\r\n")};
            QVERIFY(engine.run(pair->client->write(pieces)).value());
            engine.settle();
            QCOMPARE(handler.holding, 1U);
        }
        engine.settle();
        QCOMPARE(handler.cancelled, 1U);
    }
};

QTEST_GUILESS_MAIN(TestHttpServer)
#include "test_http_server.moc"
