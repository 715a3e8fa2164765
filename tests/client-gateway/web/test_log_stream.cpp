#include "client-gateway/web/log_stream.h"
#include "core/base/log_tap.h"
#include "tests/support/fake_clock.h"
#include "tests/support/transport_pairs.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <QtTest/QTest>

#include <array>

using namespace tarn;
using namespace tarn::gateway::web;
using namespace tarn::test;
using namespace std::chrono_literals;

namespace {

constexpr std::uint8_t kText = 0x81;
constexpr std::uint8_t kClose = 0x88;
constexpr std::uint8_t kPing = 0x89;
constexpr std::uint8_t kPong = 0x8a;

/// As the client sends it: masked, with a mask of zeroes.
Bytes shortFrame(std::uint8_t head)
{
    return toBytes(std::string{static_cast<char>(head), '\x80', 0, 0, 0, 0});
}

/// Takes the frames of a server off the front of `bytes`: their first bytes.
std::vector<std::uint8_t> takeFrames(Bytes& bytes)
{
    std::vector<std::uint8_t> out;
    std::size_t at = 0;
    const auto byteAt = [&](std::size_t i) { return std::to_integer<std::size_t>(bytes[i]); };
    while (bytes.size() >= at + 4) {
        std::size_t size = byteAt(at + 1);
        std::size_t head = 2;
        if (size == 126) {
            size = byteAt(at + 2) * 256 + byteAt(at + 3);
            head = 4;
        }
        if (bytes.size() < at + head + size) break;
        out.push_back(std::to_integer<std::uint8_t>(bytes[at]));
        at += head + size;
    }
    if (bytes.size() == at + 2 && byteAt(at + 1) == 0) { // empty, and the last
        out.push_back(std::to_integer<std::uint8_t>(bytes[at]));
        at += 2;
    }
    bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(at));
    return out;
}

class Handler final : public net::HttpHandler
{
public:
    explicit Handler(LogStreams& streams) : m_streams(streams) {}
    asio::awaitable<Result<void>> serve(net::ServerExchange& exchange) override
    {
        co_return co_await m_streams.serve(exchange, "accepted");
    }

private:
    LogStreams& m_streams;
};

struct Client
{
    bool answersPings = true;
    bool reads = true;
    Duration pingsEvery{0};
    std::size_t texts = 0;
    std::size_t pings = 0;
    bool goodbye = false;
    bool ended = false;
};

asio::awaitable<void> say(net::Channel& channel, Bytes bytes)
{
    const std::array<ByteView, 1> pieces{ByteView(bytes)};
    static_cast<void>(co_await channel.write(pieces));
}

asio::awaitable<void> follow(net::Channel& channel, Client& client, Clock& clock)
{
    co_await say(channel, toBytes(std::string("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\n"
                                              "Upgrade: websocket\r\n\r\n")));
    Bytes room(8192);
    Bytes got;
    bool upgraded = false;
    while (client.pingsEvery > Duration(0) && !client.ended) {
        co_await clock.sleep(client.pingsEvery);
        Bytes ping = shortFrame(kPing);
        const std::array<ByteView, 1> pieces{ByteView(ping)};
        const Result<void> written = co_await channel.write(pieces);
        client.ended = !written;
    }
    while (client.reads) {
        const Result<std::size_t> count = co_await channel.readSome(room);
        if (!count || *count == 0) break;
        append(got, ByteView(room).first(*count));
        if (!upgraded) {
            const std::size_t end = asText(got).find("\r\n\r\n");
            if (end == std::string_view::npos) continue;
            upgraded = true;
            got.erase(got.begin(), got.begin() + static_cast<std::ptrdiff_t>(end + 4));
        }
        for (const std::uint8_t frame : takeFrames(got)) {
            client.texts += frame == kText ? 1 : 0;
            client.goodbye = client.goodbye || frame == kClose;
            if (frame != kPing) continue;
            ++client.pings;
            if (client.answersPings) co_await say(channel, shortFrame(kPong));
        }
    }
    client.ended = true;
}

asio::awaitable<void> writeLines(Clock& clock, Duration every, std::size_t count, std::size_t size)
{
    const std::string line(size, 'x');
    for (std::size_t i = 0; i < count; ++i) {
        co_await clock.sleep(every);
        log::tellTaps(line);
    }
}

asio::awaitable<void> stopServer(net::HttpServer& server, bool& stopped)
{
    co_await server.stop(8s);
    stopped = true;
}

} // namespace

class TestLogStream final : public QObject
{
    Q_OBJECT

    struct Rig
    {
        Rig() : handler(streams), server(engine.get_executor(), handler, clock, {})
        {
            ChannelPair pair = *makePlainPair(engine.get_executor(), clock);
            channel = std::move(pair.client);
            server.serve(std::move(pair.server));
        }
        ~Rig()
        {
            channel->close();
            clock.runUntil(engine, 200s, [this] { return server.connections() == 0; });
        }
        void start() { asio::co_spawn(engine, follow(*channel, client, clock), asio::detached); }
        void write(Duration every, std::size_t count, std::size_t size = 20)
        {
            asio::co_spawn(engine, writeLines(clock, every, count, size), asio::detached);
        }
        bool runFor(Duration time)
        {
            const TimePoint end = clock.now() + time;
            asio::co_spawn(engine, clock.sleep(time), asio::detached);
            return clock.runUntil(engine, time, [&] { return clock.now() >= end; });
        }
        template <class Done>
        bool runUntil(Duration limit, Done done)
        {
            return clock.runUntil(engine, limit, done);
        }
        bool served() const { return server.connections() > 0; }

        FakeClock clock;
        asio::io_context engine;
        LogStreams streams{clock};
        Handler handler;
        net::HttpServer server;
        std::unique_ptr<net::Channel> channel;
        Client client;
    };

private Q_SLOTS:
    /// On a busy gateway, too: the lines never pause for as long as a ping takes to become due.
    void keepsAClientThatAnswersPings()
    {
        Rig rig;
        rig.start();
        rig.write(10s, 30);
        QVERIFY(rig.runFor(301s));
        QVERIFY(rig.served());
        QVERIFY(!rig.client.ended);
        QCOMPARE(rig.client.texts, std::size_t(30));
        QVERIFY(rig.client.pings >= 9);
    }
    void dropsASilentClient_data()
    {
        QTest::addColumn<int>("every");
        QTest::newRow("a busy log") << 10;
        QTest::newRow("a quiet one") << 1000;
    }
    void dropsASilentClient()
    {
        QFETCH(int, every);
        Rig rig;
        rig.client.answersPings = false;
        rig.start();
        rig.write(std::chrono::seconds(every), 30);
        QVERIFY(rig.runFor(89s));
        QVERIFY(!rig.client.ended);
        QVERIFY(rig.runFor(2s));
        QVERIFY(rig.client.ended);
        QVERIFY(!rig.served());
    }
    /// It talks, so it is there; but the lines for it go nowhere.
    void dropsAClientThatReadsNothing()
    {
        Rig rig;
        rig.client.reads = false;
        rig.client.pingsEvery = 5s;
        rig.start();
        QVERIFY(rig.runFor(10s));
        rig.write(1ms, 2000, 2000);
        const TimePoint begin = rig.clock.now();
        QVERIFY(rig.runUntil(100s, [&] { return !rig.served(); }));
        QVERIFY(rig.clock.now() - begin <= LogStreams::kLongestWrite + 5s);
    }
    void saysGoodbyeAtAStop()
    {
        Rig rig;
        rig.start();
        rig.write(10s, 2);
        QVERIFY(rig.runFor(25s));
        bool stopped = false;
        const TimePoint begin = rig.clock.now();
        rig.streams.end();
        asio::co_spawn(rig.engine, stopServer(rig.server, stopped), asio::detached);
        QVERIFY(rig.runUntil(20s, [&] { return stopped && rig.client.ended; }));
        QVERIFY(rig.clock.now() - begin < 1s);
        QVERIFY(rig.client.goodbye);
        QCOMPARE(rig.client.texts, std::size_t(2));
    }
    void aStopDoesNotWaitForWhoReadsNothing()
    {
        Rig rig;
        rig.client.reads = false;
        rig.start();
        QVERIFY(rig.runFor(1s));
        rig.write(1ms, 2000, 2000);
        QVERIFY(rig.runFor(5s));
        QVERIFY(rig.served());
        bool stopped = false;
        const TimePoint begin = rig.clock.now();
        rig.streams.end();
        asio::co_spawn(rig.engine, stopServer(rig.server, stopped), asio::detached);
        QVERIFY(rig.runUntil(20s, [&] { return stopped; }));
        QVERIFY(rig.clock.now() - begin <= 2 * LogStreams::kLongestGoodbye);
    }
    /// Whatever is written meanwhile: not a task for each line.
    void wakesABusyEngineOnce()
    {
        Rig rig;
        rig.start();
        QVERIFY(rig.runFor(1s));
        for (int i = 0; i < 500; ++i)
            log::tellTaps("a line");
        rig.engine.restart();
        QVERIFY(rig.engine.poll() < 100);
        QVERIFY(rig.runUntil(1s, [&] { return rig.client.texts == 500; }));
    }
};

QTEST_GUILESS_MAIN(TestLogStream)
#include "test_log_stream.moc"
