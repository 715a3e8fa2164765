#include "core/net/listener.h"
#include "core/net/plain_channel.h"
#include "core/net/route.h"
#include "core/net/tls_stream.h"
#include "tests/support/engine.h"
#include "tests/support/http_suite.h"
#include "tests/support/seeded_random.h"
#include "tests/support/test_identity.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/write.hpp>
#include <sys/resource.h>
#include <sys/socket.h>

#include <QtTest/QTest>

using namespace tarn;
using namespace std::chrono_literals;
using net::Endpoint;
using net::Listener;
using net::Stream;

namespace {

struct Service
{
    explicit Service(net::ListenerConfig config) : handler(engine.clock())
    {
        config.address = Endpoint(asio::ip::address_v4::loopback(), config.address.port());
        auto opened = Listener::open(engine.executor(), config, handler, engine.clock());
        TARN_ASSERT(opened.has_value());
        listener = *std::move(opened);
    }
    Result<Stream> connect()
    {
        return *engine.runReal(net::connectTcp(listener->address(), {}, engine.clock()));
    }
    /// Runs the engine until `done`, in real time.
    template <class Done>
    bool until(Done done)
    {
        for (unsigned i = 0; i < 1000 && !done(); ++i) {
            engine.context().restart();
            engine.context().run_one_for(std::chrono::milliseconds(10));
        }
        return done();
    }

    test::Engine engine;
    test::SuiteHandler handler;
    std::unique_ptr<Listener> listener;
};

net::ListenerConfig tlsConfig()
{
    net::ListenerConfig config;
    config.identity = test::sharedIdentity();
    return config;
}

asio::awaitable<Result<Bytes>> getOver(std::unique_ptr<net::Channel> channel, Clock& clock)
{
    net::HttpClientConnection connection(std::move(channel), clock);
    net::RequestHead head;
    head.method = "GET";
    head.target = "/size/10";
    head.headers.add("Host", "h");
    TARN_CO_TRY(const net::ResponseHead answer,
                co_await connection.request(head, std::span<const ByteView>()));
    if (answer.status != 200) co_return Error(ErrorCode::Internal, "status");
    co_return co_await connection.readAll(100);
}

asio::awaitable<Result<Bytes>> getPlain(Stream stream, Clock& clock)
{
    auto channel = std::make_unique<net::PlainChannel>(std::move(stream), clock);
    co_return co_await getOver(std::move(channel), clock);
}

asio::awaitable<Result<Bytes>> getTls(Stream stream, Clock& clock)
{
    const net::TlsClientContext context;
    TARN_CO_TRY(std::unique_ptr<net::TlsStream> tls,
                co_await net::connectTls(std::move(stream), context, test::sharedIdentity().key(),
                                         clock, 10s));
    co_return co_await getOver(std::move(tls), clock);
}

asio::awaitable<Result<void>> sendRaw(Stream& stream, ByteView bytes)
{
    co_await asio::async_write(stream.socket, asio::buffer(bytes.data(), bytes.size()),
                               asio::use_awaitable);
    co_return ok();
}

/// True when the other side has closed and everything was read.
bool hasEnded(Stream& stream)
{
    char byte = 0;
    return ::recv(stream.socket.native_handle(), &byte, 1, MSG_DONTWAIT | MSG_PEEK) == 0;
}

/// \return bytes until the other side closes.
asio::awaitable<Result<std::size_t>> readToEnd(Stream& stream)
{
    std::size_t total = 0;
    std::array<char, 1000> buffer{};
    for (;;) {
        auto [error, count] = co_await stream.socket.async_read_some(
            asio::buffer(buffer), asio::as_tuple(asio::use_awaitable));
        if (error) co_return total;
        total += count;
    }
}

} // namespace

class TestListener final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void servesPlain()
    {
        Service service({});
        QVERIFY(service.listener->address().port() != 0);
        auto stream = service.connect();
        QVERIFY(stream);
        const auto got =
            service.engine.runReal(getPlain(*std::move(stream), service.engine.clock()));
        QVERIFY(**got == test::patternBytes(10));
    }
    void servesTls()
    {
        Service service(tlsConfig());
        auto stream = service.connect();
        const auto got = service.engine.runReal(getTls(*std::move(stream), service.engine.clock()));
        QVERIFY2(*got, *got ? "" : got->error().text().c_str());
    }
    void othersThanTlsAreTurnedAway()
    {
        Service service(tlsConfig());
        for (const char* said : {"GET / HTTP/1.1\r\n\r\n", "Tarn\r\n\x1a", "x"}) {
            auto stream = service.connect();
            QVERIFY(service.engine.runReal(sendRaw(*stream, asBytes(said)))->has_value());
            QCOMPARE(**service.engine.runReal(readToEnd(*stream)), std::size_t{0});
        }
        QVERIFY(service.until([&] { return service.listener->connections() == 0; }));
        QCOMPARE(service.handler.served, 0U);
    }
    void silentGuestsAreDropped()
    {
        Service service(tlsConfig());
        auto stream = service.connect();
        QVERIFY(service.until([&] { return service.listener->connections() == 1; }));
        service.engine.settle();
        service.engine.clock().advance(20s);
        QVERIFY(service.until([&] { return service.listener->connections() == 0; }));
        QCOMPARE(**service.engine.runReal(readToEnd(*stream)), std::size_t{0});
    }
    void preamblesMeetTheirTicket()
    {
        test::FakeClock ticketClock;
        test::SeededRandom random(7);
        net::TicketRegistry tickets(ticketClock, random);
        net::ListenerConfig config = tlsConfig();
        config.tickets = &tickets;
        Service service(std::move(config));
        std::optional<Stream> met;
        net::Preamble preamble;
        preamble.ticket = *tickets.expect(net::PreambleMode::Reverse, 1min,
                                          [&](Stream stream) { met = std::move(stream); });
        const auto bytes = net::formatPreamble(preamble);
        auto dialler = service.connect();
        // In pieces, and with the first bytes of what follows.
        QVERIFY(service.engine.runReal(sendRaw(*dialler, ByteView(bytes).first(9)))->has_value());
        QVERIFY(service.engine.runReal(sendRaw(*dialler, ByteView(bytes).subspan(9)))->has_value());
        QVERIFY(service.until([&] { return met.has_value(); }));
        QCOMPARE(met->path, net::PathKind::Reversed);

        // The dialler is TLS and HTTP server now.
        service.listener->serve(*std::move(dialler));
        const auto got = service.engine.runReal(getTls(*std::move(met), service.engine.clock()));
        QVERIFY2(*got, *got ? "" : got->error().text().c_str());

        // The ticket is used up.
        auto second = service.connect();
        QVERIFY(service.engine.runReal(sendRaw(*second, bytes))->has_value());
        QCOMPARE(**service.engine.runReal(readToEnd(*second)), std::size_t{0});
    }
    void portsInUseAreNamed()
    {
        Service service({});
        net::ListenerConfig config;
        config.address = service.listener->address();
        const auto second = Listener::open(service.engine.executor(), config, service.handler,
                                           service.engine.clock());
        QVERIFY(!second);
        QCOMPARE(second.error().code(), ErrorCode::Conflict);
    }
    void foreignAddressesAreRefused()
    {
        test::Engine engine;
        test::SuiteHandler handler(engine.clock());
        net::ListenerConfig config;
        config.address = *net::parseEndpoint("192.0.2.1:0");
        const auto listener = Listener::open(engine.executor(), config, handler, engine.clock());
        QVERIFY(!listener);
        QCOMPARE(listener.error().code(), ErrorCode::IoFailure);
    }
    void longestIdleGivesWay()
    {
        net::ListenerConfig config;
        config.limits.connections = 2;
        Service service(std::move(config));
        std::vector<Stream> streams;
        for (std::size_t i = 0; i < 2; ++i) {
            streams.push_back(*service.connect());
            QVERIFY(service.until([&] { return service.listener->connections() == i + 1; }));
        }
        auto third = service.connect();
        QCOMPARE(**service.engine.runReal(readToEnd(streams[0])), std::size_t{0});
        QCOMPARE(service.listener->connections(), std::size_t{2});
        QVERIFY(*service.engine.runReal(getPlain(*std::move(third), service.engine.clock())));
        QVERIFY(*service.engine.runReal(getPlain(std::move(streams[1]), service.engine.clock())));
    }
    void silentGuestsGiveWayInACrowd()
    {
        net::ListenerConfig config = tlsConfig();
        config.limits.connections = 1;
        const Duration patience = config.limits.crowdedTimeout;
        Service service(std::move(config));
        auto silent = service.connect();
        QVERIFY(service.until([&] { return service.listener->connections() == 1; }));
        service.engine.clock().advance(patience - 1ms);
        auto refused = service.connect();
        QCOMPARE(**service.engine.runReal(readToEnd(*refused)), std::size_t{0});
        service.engine.clock().advance(1ms);
        auto next = service.connect();
        QCOMPARE(**service.engine.runReal(readToEnd(*silent)), std::size_t{0});
        QCOMPARE(service.listener->connections(), std::size_t{1});
        QVERIFY(*service.engine.runReal(getTls(*std::move(next), service.engine.clock())));
    }
    void descriptorShortageIsSurvived_data()
    {
        QTest::addColumn<bool>("busy");
        QTest::newRow("idle ones give way") << false;
        QTest::newRow("busy ones stay") << true;
    }
    void descriptorShortageIsSurvived()
    {
#ifdef __SANITIZE_ADDRESS__
        QSKIP("the sanitizer itself needs descriptors");
#endif
        QFETCH(bool, busy);
        Service service({});
        auto first = service.connect();
        if (busy) {
            const auto hold = asBytes("GET /hold HTTP/1.1\r\nHost: h\r\n\r\n");
            QVERIFY(*service.engine.runReal(sendRaw(*first, hold)));
            QVERIFY(service.until([&] { return service.handler.holding == 1; }));
        }
        QVERIFY(service.until([&] { return service.listener->connections() == 1; }));
        rlimit before{};
        QCOMPARE(getrlimit(RLIMIT_NOFILE, &before), 0);
        // One more descriptor for the client's end, none for the server's.
        const int next = dup(0);
        close(next);
        rlimit tight = before;
        tight.rlim_cur = static_cast<rlim_t>(next) + 1;
        QCOMPARE(setrlimit(RLIMIT_NOFILE, &tight), 0);
        auto second = service.connect();
        const auto pausing = [&] { return service.engine.clock().hasSleepers(); };
        const bool reacted =
            busy ? service.until(pausing) : service.until([&] { return hasEnded(*first); });
        QCOMPARE(setrlimit(RLIMIT_NOFILE, &before), 0);
        QVERIFY(second && reacted);
        if (busy) service.engine.clock().advance(250ms);
        const auto got =
            service.engine.runReal(getPlain(*std::move(second), service.engine.clock()));
        QVERIFY(*got);
        QCOMPARE(service.handler.holding, busy ? 1U : 0U);
    }
    void stopsAccepting()
    {
        Service service({});
        auto first = service.connect();
        QVERIFY(service.until([&] { return service.listener->connections() == 1; }));
        const Endpoint address = service.listener->address();
        bool stopped = false;
        asio::co_spawn(service.engine.context(), service.listener->stop(10s),
                       [&](std::exception_ptr /*thrown*/) { stopped = true; });
        QVERIFY(service.until([&] { return stopped; }));
        const auto refused =
            service.engine.runReal(net::connectTcp(address, {}, service.engine.clock()));
        QVERIFY(!*refused);
        QCOMPARE(refused->error().code(), ErrorCode::PeerUnreachable);
    }
    void listensOnIpv6()
    {
        test::Engine engine;
        test::SuiteHandler handler(engine.clock());
        net::ListenerConfig config;
        config.address = *net::parseEndpoint("[::1]:0");
        auto listener = Listener::open(engine.executor(), config, handler, engine.clock());
        if (!listener) QSKIP("no IPv6 here");
        auto stream = engine.runReal(net::connectTcp((*listener)->address(), {}, engine.clock()));
        QVERIFY(*stream);
        QVERIFY(*engine.runReal(getPlain(**std::move(stream), engine.clock())));
    }
};

QTEST_GUILESS_MAIN(TestListener)
#include "test_listener.moc"
