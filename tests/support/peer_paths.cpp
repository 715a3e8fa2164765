#include "tests/support/peer_paths.h"

#include "core/base/executor.h"
#include "core/net/listener.h"
#include "core/net/static_dialer.h"
#include "core/net/tls_stream.h"
#include "tests/support/proxy_double.h"
#include "tests/support/seeded_random.h"
#include "tests/support/sim_network.h"
#include "tests/support/test_identity.h"

#include <boost/asio/write.hpp>

namespace tarn::test {

using net::ConnectionPool;
using net::Endpoint;
using net::Listener;
using net::Location;
using net::Stream;

namespace {

const Endpoint kAnyLoopbackPort(asio::ip::address_v4::loopback(), 0);

std::unique_ptr<Listener> listenTls(Engine& engine, net::HttpHandler& handler,
                                    net::TicketRegistry* tickets)
{
    net::ListenerConfig config;
    config.address = kAnyLoopbackPort;
    config.identity = sharedIdentity();
    config.tickets = tickets;
    auto listener = Listener::open(engine.executor(), std::move(config), handler, engine.clock());
    TARN_ASSERT(listener.has_value());
    return *std::move(listener);
}

Location locationOf(std::string host, std::uint16_t port)
{
    Location location;
    location.host = std::move(host);
    location.port = port;
    return location;
}

/// Directly or through a proxy; a name where a proxy carries it.
class OverTcp final : public ReachedPeer
{
public:
    OverTcp(Engine& engine, net::HttpHandler& handler, net::Route::Kind kind)
        : m_listener(listenTls(engine, handler, nullptr))
    {
        net::Route route;
        route.kind = kind;
        m_location = locationOf("127.0.0.1", m_listener->address().port());
        if (kind != net::Route::Kind::Direct) {
            ProxyBehaviour behaviour;
            if (kind == net::Route::Kind::HttpConnect)
                behaviour.kind = ProxyBehaviour::Kind::HttpConnect;
            m_proxy = std::make_unique<ProxyDouble>(engine.executor(), m_listener->address(),
                                                    std::move(behaviour));
            route.proxy = m_proxy->address();
            m_location.host = "peer.example";
        }
        net::Outgoing outgoing;
        outgoing.tcp = std::move(route);
        m_dialer =
            std::make_unique<net::StaticDialer>(std::move(outgoing), engine.clock(), m_random);
        m_pool = std::make_unique<ConnectionPool>(engine.executor(), *m_dialer,
                                                  net::TlsClientContext(), engine.clock());
        m_pool->setLocations(key(), {m_location});
    }
    ConnectionPool& pool() override { return *m_pool; }
    Location location() const override { return m_location; }

private:
    std::unique_ptr<Listener> m_listener;
    std::unique_ptr<ProxyDouble> m_proxy;
    SystemRandom m_random;
    std::unique_ptr<net::StaticDialer> m_dialer;
    std::unique_ptr<ConnectionPool> m_pool;
    Location m_location;
};

/// Dialling leads nowhere.
class NoDialer final : public net::Dialer
{
public:
    asio::awaitable<Result<Stream>> dial(std::vector<Location> /*locations*/) override
    {
        co_return Error(ErrorCode::PeerUnreachable, "cannot be dialled from here");
    }
};

/// The peer dials the listener of the pool's node with tickets, and is TLS and HTTP server on
/// those connections.
class Reversed final : public ReachedPeer
{
public:
    Reversed(Engine& engine, net::HttpHandler& handler)
        : m_engine(engine), m_random(1), m_tickets(engine.clock(), m_random),
          m_pool(engine.executor(), m_dialer, net::TlsClientContext(), engine.clock()),
          m_meetingPoint(listenTls(engine, handler, &m_tickets)),
          m_peer(listenTls(engine, handler, nullptr))
    {
        for (unsigned i = 0; i < kStreams; ++i) {
            net::Preamble preamble;
            const auto ticket =
                m_tickets.expect(net::PreambleMode::Reverse, std::chrono::hours(1),
                                 [this](Stream stream) { adopt(std::move(stream)); });
            TARN_ASSERT(ticket.has_value());
            preamble.ticket = *ticket;
            const auto dialled = engine.runReal(dialBack(preamble));
            TARN_ASSERT(dialled && *dialled);
        }
        while (m_adopted < kStreams) {
            engine.context().restart();
            engine.context().run_one_for(std::chrono::milliseconds(10));
        }
    }
    ConnectionPool& pool() override { return m_pool; }
    Location location() const override { return locationOf("192.0.2.1", 1); }

private:
    /// Nobody makes another one when a transfer that breaks off takes its stream along; beside one
    /// that goes on there are other requests.
    static constexpr unsigned kStreams = 3;

    asio::awaitable<Result<void>> dialBack(net::Preamble preamble)
    {
        const Endpoint meetingPoint = m_meetingPoint->address();
        TARN_CO_TRY(Stream stream, co_await net::connectTcp(meetingPoint, net::ConnectOptions(),
                                                            m_engine.clock()));
        const auto bytes = net::formatPreamble(preamble);
        co_await asio::async_write(stream.socket, asio::buffer(bytes.data(), bytes.size()),
                                   asio::use_awaitable);
        m_peer->serve(std::move(stream));
        co_return ok();
    }
    static asio::awaitable<Result<void>> adopting(Reversed& self, Stream stream)
    {
        Result<void> adopted =
            co_await self.m_pool.adoptStream(self.key(), std::move(stream), net::PathChange::Add);
        ++self.m_adopted;
        co_return adopted;
    }
    void adopt(Stream stream)
    {
        spawnLogged(m_engine.executor(), "adopt", adopting(*this, std::move(stream)));
    }

    Engine& m_engine;
    SeededRandom m_random;
    net::TicketRegistry m_tickets;
    NoDialer m_dialer;
    ConnectionPool m_pool;
    std::unique_ptr<Listener> m_meetingPoint;
    std::unique_ptr<Listener> m_peer;
    unsigned m_adopted = 0;
};

/// Two addresses of one peer on a simulated network. With `restless`, every request moves the
/// path to the other address while it is being answered.
class Simulated final : public ReachedPeer, private net::HttpHandler
{
public:
    Simulated(Engine& engine, net::HttpHandler& handler, bool restless)
        : m_engine(engine), m_handler(handler), m_restless(restless),
          m_network(engine.executor(), engine.clock(), 1), m_dialer(m_network.dialerFor("pool")),
          m_server(engine.executor(), *this, engine.clock(), net::HttpServerLimits()),
          m_pool(engine.executor(), *m_dialer, net::TlsClientContext(), engine.clock())
    {
        for (const char* node : {"one", "two"}) {
            m_network.listen(node, 1, [this](Stream stream) {
                spawnLogged(m_engine.executor(), "welcome", welcome(*this, std::move(stream)));
            });
        }
        if (restless) {
            SimLink link;
            link.latency = std::chrono::milliseconds(5);
            link.bytesPerSecond = 20e6;
            m_network.setDefaultLink(link);
        }
        m_pool.setLocations(key(), {location()});
    }
    ConnectionPool& pool() override { return m_pool; }
    Location location() const override { return locationOf("one", 1); }
    unsigned pathChanges() const override { return m_changes; }

private:
    static asio::awaitable<Result<void>> welcome(Simulated& self, Stream stream)
    {
        TARN_CO_TRY(std::unique_ptr<net::TlsStream> tls,
                    co_await net::acceptTls(std::move(stream), sharedIdentity(),
                                            self.m_engine.clock(), std::chrono::seconds(20)));
        self.m_server.serve(std::move(tls));
        co_return ok();
    }
    static asio::awaitable<Result<void>> move(Simulated& self)
    {
        std::vector<Location> other{locationOf(self.m_changes % 2 == 0 ? "two" : "one", 1)};
        TARN_CO_TRY_VOID(co_await self.m_pool.movePath(self.key(), std::move(other)));
        ++self.m_changes;
        co_return ok();
    }
    asio::awaitable<Result<void>> serve(net::ServerExchange& exchange) override
    {
        if (m_restless) spawnLogged(m_engine.executor(), "move", move(*this));
        co_return co_await m_handler.serve(exchange);
    }

    Engine& m_engine;
    net::HttpHandler& m_handler;
    bool m_restless;
    SimNetwork m_network;
    std::unique_ptr<net::Dialer> m_dialer;
    net::HttpServer m_server;
    ConnectionPool m_pool;
    unsigned m_changes = 0;
};

using Made = std::unique_ptr<ReachedPeer>;

Made overTcp(Engine& engine, net::HttpHandler& handler)
{
    return std::make_unique<OverTcp>(engine, handler, net::Route::Kind::Direct);
}

Made overSocks(Engine& engine, net::HttpHandler& handler)
{
    return std::make_unique<OverTcp>(engine, handler, net::Route::Kind::Socks5);
}

Made overHttpConnect(Engine& engine, net::HttpHandler& handler)
{
    return std::make_unique<OverTcp>(engine, handler, net::Route::Kind::HttpConnect);
}

Made reversed(Engine& engine, net::HttpHandler& handler)
{
    return std::make_unique<Reversed>(engine, handler);
}

Made overLocal(Engine& engine, net::HttpHandler& handler)
{
    return std::make_unique<Simulated>(engine, handler, false);
}

Made restless(Engine& engine, net::HttpHandler& handler)
{
    return std::make_unique<Simulated>(engine, handler, true);
}

} // namespace

net::PeerKey ReachedPeer::key() const
{
    return sharedIdentity().key();
}

std::vector<PeerPath> allPeerPaths()
{
    return {
        {"TCP", true, overTcp},
        {"AF_UNIX", false, overLocal},
        {"reversed", true, reversed},
        {"SOCKS5", true, overSocks},
        {"HTTP CONNECT", true, overHttpConnect},
        {"path replaced in every transfer", false, restless},
    };
}

} // namespace tarn::test
