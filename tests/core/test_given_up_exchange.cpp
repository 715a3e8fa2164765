// A handler that waits for what may never come: its client is answered all the same.
#include "core/net/http_server.h"
#include "tests/support/engine.h"
#include "tests/support/transport_pairs.h"

#include <QtTest/QTest>

#include <array>

using namespace tarn;
using namespace std::chrono_literals;

namespace {

/// Reads the body, is away for an hour whatever happens, then answers.
class AwayHandler final : public net::HttpHandler
{
public:
    explicit AwayHandler(Clock& clock) : m_clock(clock) {}

    asio::awaitable<Result<void>> serve(net::ServerExchange& exchange) override
    {
        present = &exchange;
        if (beginsFirst) {
            TARN_CO_TRY_VOID(co_await exchange.beginResponse(200, net::HttpHeaders(), 10));
            TARN_CO_TRY_VOID(co_await exchange.writeBody(asBytes("01234")));
        }
        if (readsFirst) TARN_CO_TRY_VOID(co_await exchange.readAll(100));
        co_await asio::this_coro::throw_if_cancelled(false);
        const TimePoint end = m_clock.now() + 1h;
        while (m_clock.now() < end)
            co_await m_clock.sleep(end - m_clock.now());
        present = nullptr;
        Bytes body(1);
        read = (co_await exchange.readBody(body)).has_value();
        const std::string late = "late\n";
        if (beginsFirst) {
            said = co_await exchange.writeBody(asBytes(late));
        } else {
            said = co_await exchange.respondText(200, net::HttpHeaders(), late);
        }
        ++ended;
        co_return ok();
    }

    net::ServerExchange* present = nullptr;
    bool readsFirst = true;
    bool beginsFirst = false;
    bool read = false;
    Result<void> said = ok();
    unsigned ended = 0;

private:
    Clock& m_clock;
};

struct Talk
{
    Talk()
        : handler(engine.clock()),
          server(std::make_unique<net::HttpServer>(engine.executor(), handler, engine.clock(),
                                                   net::HttpServerLimits()))
    {
        auto pair = test::makePlainPair(engine.executor(), engine.clock());
        TARN_ASSERT(pair.has_value());
        channel = std::move(pair->client);
        server->serve(std::move(pair->server));
    }
    ~Talk()
    {
        server.reset();
        engine.clock().advance(2h);
        engine.settle();
    }
    Talk(const Talk&) = delete;
    Talk& operator=(const Talk&) = delete;

    bool send(std::string_view text)
    {
        const std::array<ByteView, 1> pieces{asBytes(text)};
        const bool sent = engine.run(channel->write(pieces)).value().has_value();
        engine.settle();
        return sent;
    }
    /// Until the server closes. \return "late" beyond five minutes of virtual time.
    std::string receiveAll() { return engine.run(readToEnd(*channel), 5min).value_or("late"); }

    static asio::awaitable<std::string> readToEnd(net::Channel& channel)
    {
        std::string all;
        Bytes buffer(100'000);
        for (;;) {
            const Result<std::size_t> count = co_await channel.readSome(buffer);
            if (!count) all += " cut off";
            if (!count || *count == 0) co_return all;
            all += asText(ByteView(buffer).first(*count));
        }
    }

    test::Engine engine;
    AwayHandler handler;
    std::unique_ptr<net::HttpServer> server;
    std::unique_ptr<net::Channel> channel;
};

constexpr const char* kGet = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

} // namespace

class TestGivenUpExchange final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void theClientIsAnsweredAndTheHandlerToldLater()
    {
        Talk talk;
        QVERIFY(talk.send(kGet));
        QVERIFY(talk.handler.present != nullptr);
        talk.engine.clock().advance(90s);
        QCOMPARE(talk.handler.present->away().value_or(0s), Duration(90s));
        QVERIFY(talk.handler.present->giveUp(500, "nobody knows\n"));
        QVERIFY(!talk.handler.present->away());
        QVERIFY2(!talk.handler.present->giveUp(500, "again\n"), "once is enough");
        const std::string answer = talk.receiveAll();
        QVERIFY2(answer.starts_with("HTTP/1.1 500 "), answer.c_str());
        QVERIFY2(answer.find("\r\nConnection: close\r\n") != std::string::npos, answer.c_str());
        QVERIFY2(answer.ends_with("Content-Length: 13\r\n\r\nnobody knows\n"), answer.c_str());
        QCOMPARE(talk.handler.ended, 0U);
        QCOMPARE(talk.server->connections(), std::size_t(1));
        talk.engine.clock().advance(1h);
        talk.engine.settle();
        QCOMPARE(talk.handler.ended, 1U);
        QVERIFY(!talk.handler.read);
        QCOMPARE(talk.handler.said.error().code(), ErrorCode::Cancelled);
        QCOMPARE(talk.server->connections(), std::size_t(0));
    }

    void anAnswerThatBeganIsCutOff()
    {
        Talk talk;
        talk.handler.beginsFirst = true;
        QVERIFY(talk.send(kGet));
        QVERIFY(talk.handler.present->giveUp(500, "nobody knows\n"));
        const std::string answer = talk.receiveAll();
        QVERIFY2(answer.starts_with("HTTP/1.1 200 "), answer.c_str());
        QVERIFY2(answer.find("01234") != std::string::npos, answer.c_str());
        QVERIFY2(answer.find("nobody") == std::string::npos, answer.c_str());
        talk.engine.clock().advance(1h);
        talk.engine.settle();
        QCOMPARE(talk.handler.ended, 1U);
        QVERIFY(!talk.handler.said);
    }

    /// A client that still sends its body is heard out for a while, else it would lose the answer.
    void aBodyThatNobodyReadsIsNoReset()
    {
        Talk talk;
        talk.handler.readsFirst = false;
        QVERIFY(talk.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n"));
        QVERIFY(talk.handler.present->giveUp(500, "nobody knows\n"));
        QVERIFY(talk.send(std::string(100'000, 'x')));
        const std::string answer = talk.receiveAll();
        QVERIFY2(answer.ends_with("nobody knows\n"), answer.c_str());
    }

    void whoReadsFromTheClientIsNotAway()
    {
        Talk talk;
        QVERIFY(talk.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf"));
        QVERIFY(talk.handler.present != nullptr);
        QVERIFY(!talk.handler.present->away());
        QVERIFY(!talk.handler.present->giveUp(500, "nobody knows\n"));
        QVERIFY(talk.send(" whole"));
        QVERIFY(talk.handler.present->away());
        talk.engine.clock().advance(1h);
        const std::string answer = talk.receiveAll();
        QVERIFY2(answer.find("late\n") != std::string::npos, answer.c_str());
        QVERIFY(talk.handler.said);
    }

    void aClientThatHasGoneIsNoHarm()
    {
        Talk talk;
        QVERIFY(talk.send(kGet));
        talk.channel->close();
        talk.engine.settle();
        if (talk.handler.present != nullptr) talk.handler.present->giveUp(500, "nobody knows\n");
        talk.engine.settle();
        talk.engine.clock().advance(2h);
        talk.engine.settle();
        QCOMPARE(talk.handler.ended, 1U);
        QCOMPARE(talk.server->connections(), std::size_t(0));
    }
};

QTEST_GUILESS_MAIN(TestGivenUpExchange)
#include "test_given_up_exchange.moc"
