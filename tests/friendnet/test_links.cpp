// Links between two members of whom one cannot be connected to, on a simulated network in virtual
// time: what goes over them, and how they come back.
#include "core/crypto/x509.h"
#include "core/net/connection_pool.h"
#include "core/net/http_server.h"
#include "core/net/links_in.h"
#include "core/net/peer_proof.h"
#include "core/net/socket_io.h"
#include "core/net/tls_stream.h"
#include "profiles/friendnet/links_out.h"
#include "tests/support/engine.h"
#include "tests/support/http_suite.h"
#include "tests/support/seeded_random.h"
#include "tests/support/sim_network.h"

#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>

#include <QtTest/QTest>

#include <set>

using namespace tarn;
using namespace tarn::profiles;
using namespace std::chrono_literals;
using net::LinksIn;
using net::Stream;

namespace {

/// Bob looks which way leads to her.
const std::string kAlice = "192.0.2.1";

net::Location at(const std::string& node)
{
    net::Location out;
    out.host = node;
    out.port = 1;
    return out;
}

net::TlsServerIdentity tlsOf(const crypto::Ed25519Key& key)
{
    const crypto::TlsIdentity own = crypto::identityOf(key);
    return *net::TlsServerIdentity::fromPem(own.keyPem, own.certificatePem);
}

/// A grid of friends, as far as links need one.
struct World
{
    test::Engine engine;
    test::SeededRandom random{41};
    test::SimNetwork network{engine.executor(), engine.clock(), 1};
    std::map<Ed25519PublicKey, std::string> where;
    std::set<Ed25519PublicKey> members;
    bool over = false;
};

/// One member's node: answers, links, and a pool that uses them.
class Friend final : public net::HttpHandler
{
public:
    Friend(World& world, std::string name)
        : m_world(world), m_name(std::move(name)), key(crypto::Ed25519Key::generate(world.random)),
          m_identity(tlsOf(key)), m_suite(world.engine.clock()),
          m_dialer(world.network.dialerFor(m_name))
    {
        world.where[key.publicKey()] = m_name;
        world.members.insert(key.publicKey());
        start();
    }
    ~Friend() { stop(); }
    Friend(const Friend&) = delete;
    Friend& operator=(const Friend&) = delete;

    void start()
    {
        asio::any_io_executor executor = m_world.engine.executor();
        Clock& clock = m_world.engine.clock();
        m_tickets = std::make_shared<net::TicketRegistry>(clock, m_world.random);
        m_server =
            std::make_unique<net::HttpServer>(executor, *this, clock, net::HttpServerLimits());
        const auto whereIs = [this](const Ed25519PublicKey& member) {
            return std::vector<net::Location>{at(m_world.where.at(member))};
        };
        const auto belongs = [this](const Ed25519PublicKey& member) {
            return m_world.members.contains(member);
        };
        LinksIn::Parts in{executor,
                          clock,
                          m_tickets,
                          [this]() -> net::Dialer& { return *m_dialer; },
                          whereIs,
                          belongs,
                          [this](const Ed25519PublicKey&) { ++heard; },
                          [this](const Ed25519PublicKey&, bool up) { up ? ++came : ++went; },
                          [this](const Ed25519PublicKey&, const Result<void>& connected) {
                              reached = connected.has_value();
                          }};
        linksIn = std::make_unique<LinksIn>(std::move(in));
        LinksOut::Parts out{executor,
                            clock,
                            m_world.random,
                            *m_dialer,
                            key,
                            whereIs,
                            belongs,
                            [this](const Ed25519PublicKey&) { ++heard; },
                            [](const Ed25519PublicKey&, bool) {},
                            [this](Stream stream) {
                                ++served;
                                welcomeSoon(std::move(stream), false);
                            },
                            [this] { linksIn->networkChanged(); },
                            [this](const net::Endpoint&) { return source; }};
        out.termsChanged = [this](const Ed25519PublicKey&) { ++termsChanged; };
        out.signal = [this](net::PeerKey from, Bytes question) {
            return answering(*this, from, std::move(question));
        };
        linksOut = std::make_unique<LinksOut>(std::move(out));
        m_any = linksIn->dialer(*m_dialer);
        pool =
            std::make_unique<net::ConnectionPool>(executor, *m_any, net::TlsClientContext(), clock);
        m_running = std::make_shared<bool>(true);
        asio::co_spawn(m_world.engine.context(), ticking(*this, m_running), asio::detached);
    }
    /// As when its process ends.
    void stop()
    {
        if (!m_running) return;
        *m_running = false;
        m_running.reset();
        m_world.engine.onEngine([this] { pool.reset(); });
        m_world.engine.run(stopping(*this));
        m_world.engine.onEngine([this] {
            m_any.reset();
            linksOut.reset();
            linksIn.reset();
            m_server.reset();
        });
    }
    void listen()
    {
        m_world.network.listen(m_name, 1,
                               [this](Stream stream) { welcomeSoon(std::move(stream), true); });
    }
    /// Somebody connects and hears nothing for now.
    void keepWaiting()
    {
        m_world.network.listen(m_name, 1,
                               [this](Stream stream) { m_waiting.push_back(std::move(stream)); });
    }
    std::size_t waiting() const { return m_waiting.size(); }
    void hangUp() { m_waiting.clear(); }
    void deafen() { m_world.network.stopListening(m_name, 1); }

    static asio::awaitable<Result<std::string>> asking(Friend& self, net::PeerKey peer,
                                                       std::string target, Duration limit)
    {
        net::RequestHead head;
        head.method = "GET";
        head.target = std::move(target);
        head.headers.add("Host", "h");
        net::RequestOptions options;
        options.acquireLimit = limit;
        options.force = true;
        TARN_CO_TRY(net::PooledConnection connection, co_await self.pool->acquire(peer, options));
        const std::span<const ByteView> nothing;
        TARN_CO_TRY(const net::ResponseHead answer, co_await connection->request(head, nothing));
        const auto* tls = dynamic_cast<const net::TlsStream*>(&connection->channel());
        std::string out = std::to_string(answer.status) + " " + std::string(nameOf(tls->path()));
        TARN_CO_TRY(const Bytes body, co_await connection->readAll(10 << 20U));
        co_return out + " " + std::to_string(body.size());
    }
    /// "200 reversed 1000", or what went wrong.
    std::string ask(const Friend& other, const std::string& target = "/size/1000",
                    Duration limit = 20s)
    {
        const net::PeerKey peer = net::peerKeyOf(other.key.publicKey());
        pool->setLocations(peer, {at(other.m_name)});
        const auto answer = m_world.engine.run(asking(*this, peer, target, limit));
        if (!answer) return "never ended";
        return *answer ? **answer : std::string(nameOf((*answer).error().code()));
    }
    bool hasLinkFrom(const Friend& other) const { return linksIn->has(other.key.publicKey()); }
    bool hasLinkTo(const Friend& other) const { return linksOut->has(other.key.publicKey()); }

private:
    World& m_world;
    std::string m_name;

public:
    crypto::Ed25519Key key;
    unsigned heard = 0;
    unsigned came = 0;
    unsigned went = 0;
    unsigned served = 0; ///< connections that it made for others
    unsigned termsChanged = 0;
    bool mute = false; ///< says nothing to questions
    bool slept = false;
    std::optional<bool> reached;
    std::optional<asio::ip::address> source;
    std::unique_ptr<LinksIn> linksIn;
    std::unique_ptr<LinksOut> linksOut;
    std::unique_ptr<net::ConnectionPool> pool;
    std::shared_ptr<net::TicketRegistry>& tickets() { return m_tickets; }
    net::Dialer& plain() { return *m_dialer; }

    static asio::awaitable<Result<Bytes>> asked(Friend& self, net::PeerKey peer, Bytes question)
    {
        const net::PeerKey from = net::peerKeyOf(self.key.publicKey());
        co_return co_await self.linksIn->signal(peer, from, std::move(question));
    }

private:
    static asio::awaitable<Result<Bytes>> answering(Friend& self, net::PeerKey from, Bytes question)
    {
        if (self.mute) co_return Error(ErrorCode::Unsupported, "says nothing");
        Bytes out = toBytes(from.view());
        append(out, question);
        co_return out;
    }
    static asio::awaitable<void> ticking(Friend& self, std::shared_ptr<bool> running)
    {
        while (*running) {
            self.linksIn->tick();
            self.linksOut->tick(std::exchange(self.slept, false));
            co_await self.m_world.engine.clock().sleep(2s);
        }
    }
    static asio::awaitable<Result<void>> stopping(Friend& self)
    {
        co_await self.linksOut->stop();
        co_await self.linksIn->stop();
        co_return ok();
    }
    static asio::awaitable<Result<void>> welcome(Friend& self, Stream stream, bool sniff)
    {
        Clock& clock = self.m_world.engine.clock();
        if (sniff) {
            net::SocketIo io(std::move(stream), clock);
            TARN_CO_TRY_VOID(co_await io.waitReadable());
            std::byte first{};
            io.peek(first);
            if (first != std::byte{0x16}) {
                std::array<std::byte, net::kPreambleSize> bytes{};
                TARN_CO_TRY_VOID(co_await io.receiveExactly(bytes));
                TARN_CO_TRY(const net::Preamble preamble, net::parsePreamble(bytes));
                TARN_CO_TRY(auto taker, self.m_tickets->redeem(preamble));
                Stream met = std::move(io).release();
                met.path = net::PathKind::Reversed;
                taker(std::move(met));
                co_return ok();
            }
            stream = std::move(io).release();
        }
        TARN_CO_TRY(std::unique_ptr<net::TlsStream> tls,
                    co_await net::acceptTls(std::move(stream), self.m_identity, clock, 20s));
        if (self.m_server) self.m_server->serve(std::move(tls));
        co_return ok();
    }
    void welcomeSoon(Stream stream, bool sniff)
    {
        asio::co_spawn(m_world.engine.context(), welcome(*this, std::move(stream), sniff),
                       asio::detached);
    }
    asio::awaitable<Result<void>> serve(net::ServerExchange& exchange) override
    {
        if (exchange.head().target != net::kLinkPath) co_return co_await m_suite.serve(exchange);
        const auto member = net::provenPeer(exchange);
        const unsigned refused = !member || !m_world.members.contains(*member) ? 403 : 429;
        if (refused == 403 || !linksIn->mayLink(*member)) {
            net::HttpHeaders none;
            co_return co_await exchange.respondText(refused, std::move(none), "no\n");
        }
        net::HttpHeaders headers;
        headers.add("Upgrade", std::string(net::kLinkProtocol));
        TARN_CO_TRY(net::UpgradedChannel taken, co_await exchange.upgrade(std::move(headers)));
        linksIn->accept(*member, std::move(taken));
        co_return ok();
    }

    net::TlsServerIdentity m_identity;
    test::SuiteHandler m_suite;
    std::unique_ptr<net::Dialer> m_dialer;
    std::shared_ptr<net::TicketRegistry> m_tickets;
    std::unique_ptr<net::HttpServer> m_server;
    std::unique_ptr<net::Dialer> m_any;
    std::shared_ptr<bool> m_running;
    std::vector<Stream> m_waiting;
};

/// Alice can be connected to, Bob cannot.
struct Two
{
    Two()
    {
        alice.listen();
        bob.linksOut->told(alice.key.publicKey(), false);
    }
    ~Two()
    {
        bob.stop();
        alice.stop();
        world.engine.settle();
    }
    Two(const Two&) = delete;
    Two& operator=(const Two&) = delete;

    bool until(const std::function<bool()>& done, Duration limit)
    {
        return world.engine.clock().runUntil(world.engine.context(), limit, done);
    }
    void pass(Duration time)
    {
        const TimePoint end = world.engine.clock().now() + time;
        until([&] { return world.engine.clock().now() >= end; }, time);
        world.engine.settle();
    }
    bool linked() const { return alice.hasLinkFrom(bob) && bob.hasLinkTo(alice); }

    World world;
    Friend alice{world, kAlice};
    Friend bob{world, "bob"};
};

} // namespace

class TestLinks final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void aMemberOutOfReachServesOverConnectionsThatItMakes()
    {
        Two two;
        QCOMPARE(two.alice.ask(two.bob), std::string("PeerUnreachable"));
        QVERIFY(two.until([&] { return two.linked(); }, 10s));
        QCOMPARE(two.alice.came, 1U);
        QCOMPARE(two.alice.ask(two.bob), std::string("200 reversed 1000"));
        QCOMPARE(two.alice.ask(two.bob, "/size/3000000"), std::string("200 reversed 3000000"));
        QCOMPARE(two.bob.served, 1U); // the second request used it again
        QCOMPARE(two.bob.ask(two.alice), std::string("200 local 1000"));
        QCOMPARE(two.alice.tickets()->open(), std::size_t{0});
    }
    /// Out of reach, reached, out of reach again, while the first link is still being made: what
    /// becomes of that one is nothing to the one in use.
    void wantedAgainWhileConnecting()
    {
        Two two;
        two.alice.keepWaiting();
        QVERIFY(two.until([&] { return two.alice.waiting() == 1; }, 5s));
        two.bob.linksOut->told(two.alice.key.publicKey(), true);
        two.bob.linksOut->told(two.alice.key.publicKey(), false);
        two.alice.deafen();
        two.alice.listen();
        QVERIFY(two.until([&] { return two.linked(); }, 4s));
        two.alice.hangUp();
        two.pass(60s);
        QVERIFY(two.linked());
        QCOMPARE(two.alice.came, 1U);
        QCOMPARE(two.alice.ask(two.bob), std::string("200 reversed 1000"));
    }
    void questionsGoOverLinks()
    {
        Two two;
        const net::PeerKey bob = net::peerKeyOf(two.bob.key.publicKey());
        const auto ask = [&two, &bob](std::size_t bytes) {
            const auto answer = two.world.engine.run(Friend::asked(two.alice, bob, Bytes(bytes)));
            if (!answer) return std::string("never ended");
            return *answer ? std::to_string((**answer).size())
                           : std::string(nameOf((*answer).error().code()));
        };
        QCOMPARE(ask(10), std::string("PeerUnreachable"));
        QVERIFY(two.until([&] { return two.linked(); }, 10s));
        QCOMPARE(ask(10), std::string("42"));
        QCOMPARE(ask(3000), std::string("3032"));
        QCOMPARE(ask(3073), std::string("InvalidInput"));
        QCOMPARE(ask(3050), std::string("PeerUnreachable")); // the answer would be too long
        two.bob.mute = true;
        QCOMPARE(ask(10), std::string("PeerUnreachable"));
        two.bob.mute = false;
        for (unsigned i = 0; i < 100; ++i)
            ask(1);
        QCOMPARE(ask(1), std::string("PeerUnreachable")); // too many
        two.pass(20s);
        QCOMPARE(ask(1), std::string("33"));
        two.world.network.blackHole(kAlice, "bob");
        QCOMPARE(ask(1), std::string("Timeout"));
    }
    void whatIsOfferedIsTold()
    {
        Two two;
        net::LinkTerms terms;
        terms.relays = true;
        terms.stunPort = 3478;
        two.alice.linksIn->setTerms(terms);
        QVERIFY(two.until([&] { return two.linked(); }, 10s));
        QVERIFY(two.until([&] { return two.bob.termsChanged == 1; }, 10s));
        QVERIFY(two.bob.linksOut->termsOf(two.alice.key.publicKey()) == terms);
        two.alice.linksIn->setTerms(net::LinkTerms());
        QVERIFY(two.until([&] { return two.bob.termsChanged == 2; }, 10s));
        QVERIFY(two.bob.linksOut->termsOf(two.alice.key.publicKey()) == net::LinkTerms());
    }
    /// Somebody else is at the other end.
    void comesWhenCalledForSomebodyElse()
    {
        Two two;
        const net::PeerKey bob = net::peerKeyOf(two.bob.key.publicKey());
        bool met = false;
        const auto expect = [&] {
            auto taker = [&met](Stream) { met = true; };
            return *two.alice.tickets()->expect(net::PreambleMode::RelayData, 10s, taker);
        };
        unsigned refused = 0;
        const auto no = [&refused](const Error&) { ++refused; };
        QVERIFY(!two.alice.linksIn->call(bob, expect(), no));
        QVERIFY(two.until([&] { return two.linked(); }, 10s));
        QVERIFY(two.alice.linksIn->call(bob, expect(), no));
        QVERIFY(two.until([&] { return met; }, 10s));
        QCOMPARE(two.bob.served, 1U);
        QCOMPARE(refused, 0U);
        two.alice.deafen();
        QVERIFY(two.alice.linksIn->call(bob, expect(), no));
        QVERIFY(two.until([&] { return refused == 1; }, 10s));
    }
    void severalAtOnceEachHaveAConnection()
    {
        Two two;
        QVERIFY(two.until([&] { return two.linked(); }, 10s));
        const net::PeerKey peer = net::peerKeyOf(two.bob.key.publicKey());
        two.alice.pool->setLocations(peer, {});
        unsigned answered = 0;
        for (unsigned i = 0; i < 4; ++i)
            asio::co_spawn(two.world.engine.context(),
                           Friend::asking(two.alice, peer, "/size/100000", 20s),
                           [&answered](std::exception_ptr thrown, Result<std::string> answer) {
                               if (!thrown && answer && *answer == "200 reversed 100000")
                                   ++answered;
                           });
        QVERIFY(two.until([&] { return answered == 4; }, 10s));
        QCOMPARE(two.bob.served, 4U);
    }
    void aLinkThatBreaksIsMadeAgain()
    {
        Two two;
        QVERIFY(two.until([&] { return two.linked(); }, 10s));
        two.pass(60s);
        for (unsigned i = 0; i < 5; ++i) {
            two.world.network.cut(kAlice, "bob");
            two.world.engine.settle();
            QVERIFY(!two.linked());
            QVERIFY(two.until([&] { return two.linked(); }, 10s));
            QCOMPARE(two.alice.ask(two.bob), std::string("200 reversed 1000"));
            two.pass(40s);
        }
        QCOMPARE(two.alice.linksIn->size(), std::size_t{1});
    }
    void aLinkThatIsDeadIsNoticed()
    {
        Two two;
        QVERIFY(two.until([&] { return two.linked(); }, 10s));
        two.world.network.blackHole(kAlice, "bob");
        QVERIFY(two.until([&] { return !two.bob.hasLinkTo(two.alice); }, 24s));
        QVERIFY(two.until([&] { return !two.alice.hasLinkFrom(two.bob); }, 26s));
        QCOMPARE(two.alice.went, 1U);
        two.pass(5min);
        two.world.network.heal();
        QVERIFY(two.until([&] { return two.linked(); }, 10s));
        QCOMPARE(two.alice.ask(two.bob), std::string("200 reversed 1000"));
    }
    void whoSleptLooksAtOnce()
    {
        Two two;
        QVERIFY(two.until([&] { return two.linked(); }, 10s));
        two.pass(40s);
        two.world.network.blackHole(kAlice, "bob"); // as when a router has forgotten it
        two.bob.slept = true;
        QVERIFY(two.until([&] { return !two.bob.hasLinkTo(two.alice); }, 6s));
        two.world.network.heal();
        QVERIFY(two.until([&] { return two.bob.hasLinkTo(two.alice); }, 10s));
        QVERIFY(two.linked());
    }
    void anotherAddressMakesAnotherLink()
    {
        Two two;
        QVERIFY(two.until([&] { return two.linked(); }, 10s));
        two.pass(60s);
        QCOMPARE(two.alice.came, 1U);
        QCOMPARE(two.alice.ask(two.bob), std::string("200 reversed 1000"));
        QCOMPARE(two.bob.ask(two.alice), std::string("200 local 1000"));
        two.world.network.blackHole(kAlice, "bob"); // nobody says that the old one is gone
        two.world.network.heal();
        two.bob.source = asio::ip::make_address("192.0.2.9");
        QVERIFY(two.until([&] { return two.alice.came == 2; }, 6s));
        QVERIFY(two.linked());
        // Connections of before may be dead as well, and nobody waits for them.
        const unsigned dials = two.world.network.dials();
        QCOMPARE(two.alice.ask(two.bob), std::string("200 reversed 1000"));
        QCOMPARE(two.bob.served, 2U);
        QCOMPARE(two.bob.ask(two.alice), std::string("200 local 1000"));
        QCOMPARE(two.world.network.dials(), dials + 2);
        two.pass(1min);
        QCOMPARE(two.alice.came, 2U);
        two.bob.source.reset(); // no network at all
        QVERIFY(two.until([&] { return !two.linked(); }, 3s));
    }
    void theSourceOfThisMachine()
    {
        const auto loopback = sourceTowards(*net::parseEndpoint("127.0.0.1:9"));
        QVERIFY(loopback && loopback->is_loopback());
        const auto v6 = sourceTowards(*net::parseEndpoint("[::1]:9"));
        QVERIFY(!v6 || v6->is_loopback());
    }
    void eitherSideMayStartAgain()
    {
        Two two;
        QVERIFY(two.until([&] { return two.linked(); }, 10s));
        two.pass(60s);
        two.alice.stop();
        two.pass(3min);
        two.alice.start();
        QVERIFY(two.until([&] { return two.linked(); }, 13s));
        QCOMPARE(two.alice.ask(two.bob), std::string("200 reversed 1000"));
        two.bob.stop();
        QVERIFY(two.until([&] { return !two.alice.hasLinkFrom(two.bob); }, 2s));
        QCOMPARE(two.alice.ask(two.bob), std::string("PeerUnreachable"));
        two.bob.start();
        two.bob.linksOut->told(two.alice.key.publicKey(), false);
        QVERIFY(two.until([&] { return two.linked(); }, 10s));
        QCOMPARE(two.alice.ask(two.bob), std::string("200 reversed 1000"));
    }
    void whoIsAwayIsNotStormed()
    {
        Two two;
        two.alice.deafen();
        const unsigned before = two.world.network.dials();
        two.pass(1h);
        const unsigned dials = two.world.network.dials() - before;
        QVERIFY2(dials <= 220, std::to_string(dials).c_str()); // ten minutes closely, then each
        QVERIFY2(dials >= 120, std::to_string(dials).c_str());
    }
    /// With the frames, what TLS adds; of TCP and IP below there are some 52 bytes for each packet.
    void anIdleLinkIsCheap()
    {
        Two two;
        QVERIFY(two.until([&] { return two.linked(); }, 10s));
        two.pass(1min);
        const std::uint64_t before = two.world.network.bytesCarried();
        two.pass(1h);
        const std::uint64_t bytes = two.world.network.bytesCarried() - before;
        QVERIFY2(bytes > 0 && bytes < 60'000, std::to_string(bytes).c_str());
        QVERIFY(two.linked());
    }
    void noLinkIsKeptThatIsNotNeeded()
    {
        Two two;
        QVERIFY(two.until([&] { return two.linked(); }, 10s));
        two.bob.listen();
        QVERIFY(two.until([&] { return two.alice.reached == true; }, 60s));
        two.bob.linksOut->told(two.alice.key.publicKey(), true);
        QVERIFY(two.until([&] { return !two.linked(); }, 5s));
        two.pass(1min);
        QVERIFY(!two.linked());
        QCOMPARE(two.bob.linksOut->size(), std::size_t{0});
        QCOMPARE(two.alice.ask(two.bob), std::string("200 local 1000"));
    }
    void whoIsRevokedLosesItsLinks()
    {
        Two two;
        QVERIFY(two.until([&] { return two.linked(); }, 10s));
        two.world.members.erase(two.bob.key.publicKey());
        QVERIFY(two.until([&] { return !two.alice.hasLinkFrom(two.bob); }, 3s));
        two.pass(2min);
        QVERIFY(!two.alice.hasLinkFrom(two.bob));
        QCOMPARE(two.alice.came, 1U);
        QCOMPARE(two.alice.ask(two.bob), std::string("PeerUnreachable"));
    }
    /// Whoever makes link after link has one, and then has to wait.
    void floodsOfLinksAreRefused()
    {
        Two two;
        QVERIFY(two.until([&] { return two.linked(); }, 10s));
        unsigned allowed = 0;
        for (unsigned i = 0; i < 1000; ++i)
            if (two.alice.linksIn->mayLink(two.bob.key.publicKey())) ++allowed;
        QVERIFY2(allowed <= 10, std::to_string(allowed).c_str());
        two.pass(5s);
        QVERIFY(two.alice.linksIn->mayLink(two.bob.key.publicKey()));
        QCOMPARE(two.alice.linksIn->size(), std::size_t{1});
    }
    /// A ticket in wrong hands brings a connection that is somebody else's: it is never used.
    void aTicketOfAnotherOneIsWorthNothing()
    {
        Two two;
        Friend mallory(two.world, "mallory");
        QVERIFY(two.until([&] { return two.linked(); }, 10s));
        net::Preamble guess;
        guess.ticket.mutableView()[3] = std::byte{9};
        QVERIFY(!two.alice.tickets()->redeem(guess));
        // Mallory makes the connection that Bob was asked for.
        two.world.network.listen("bob", 1, [](Stream) {});
        const net::PeerKey bob = net::peerKeyOf(two.bob.key.publicKey());
        std::optional<Result<void>> adopted;
        const auto ticket =
            two.alice.tickets()->expect(net::PreambleMode::Reverse, 10s, [&](Stream stream) {
                auto done = [&adopted](std::exception_ptr, Result<void> result) {
                    adopted = std::move(result);
                };
                asio::co_spawn(
                    two.world.engine.context(),
                    two.alice.pool->adoptStream(bob, std::move(stream), net::PathChange::Add),
                    std::move(done));
            });
        QVERIFY(ticket);
        const auto sent =
            two.world.engine.run(dialling(mallory, *ticket, two.world.engine.clock()));
        QVERIFY(sent && *sent);
        QVERIFY(two.until([&] { return adopted.has_value(); }, 30s));
        QVERIFY(!*adopted);
        QCOMPARE(adopted->error().code(), ErrorCode::PeerMisbehaved);
        // Replayed, it opens nothing.
        const auto again =
            two.world.engine.run(dialling(mallory, *ticket, two.world.engine.clock()));
        QVERIFY(again);
        two.pass(1s);
        QCOMPARE(two.alice.tickets()->open(), std::size_t{0});
        QCOMPARE(two.alice.ask(two.bob), std::string("200 reversed 1000"));
        mallory.stop();
    }
    /// Who is linked to and asks for connections without end gets some.
    void requestsForConnectionsAreBounded()
    {
        Two two;
        QVERIFY(two.until([&] { return two.linked(); }, 10s));
        const net::PeerKey peer = net::peerKeyOf(two.bob.key.publicKey());
        two.alice.pool->setLocations(peer, {});
        unsigned ended = 0;
        const unsigned before = two.world.network.dials();
        for (unsigned i = 0; i < 60; ++i) {
            // A pool of its own each: one alone asks for four.
            two.alice.pool->forget(peer);
            two.alice.pool->setLocations(peer, {});
            asio::co_spawn(two.world.engine.context(), Friend::asking(two.alice, peer, "/hold", 4s),
                           [&ended](std::exception_ptr, Result<std::string>) { ++ended; });
        }
        two.pass(10s);
        const unsigned dials = two.world.network.dials() - before;
        QVERIFY2(dials <= 52, std::to_string(dials).c_str());
        QVERIFY(two.linked());
        QVERIFY(ended >= 8);
    }

private:
    static asio::awaitable<Result<void>> dialling(Friend& who, net::Ticket ticket, Clock& clock)
    {
        std::vector<net::Location> place{at(kAlice)};
        TARN_CO_TRY(Stream stream, co_await who.plain().dial(std::move(place)));
        net::SocketIo io(std::move(stream), clock);
        net::Preamble preamble;
        preamble.ticket = ticket;
        const auto bytes = net::formatPreamble(preamble);
        TARN_CO_TRY_VOID(co_await io.sendAll(bytes));
        const asio::any_io_executor executor = co_await asio::this_coro::executor;
        asio::co_spawn(executor, serving(who, std::move(io).release(), clock), asio::detached);
        co_return ok();
    }
    static asio::awaitable<Result<void>> serving(Friend& who, Stream stream, Clock& clock)
    {
        TARN_CO_TRY(const auto tls,
                    co_await net::acceptTls(std::move(stream), tlsOf(who.key), clock, 20s));
        co_return Error(ErrorCode::Internal, "somebody spoke with " + tls->peer());
    }
};

QTEST_GUILESS_MAIN(TestLinks)
#include "test_links.moc"
