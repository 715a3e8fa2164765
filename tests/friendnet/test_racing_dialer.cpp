// Every way to a peer beside each other, on a simulated network in virtual time: who wins, when,
// what is tried no further, and how a better way takes the place of a worse one.
#include "core/crypto/x509.h"
#include "core/net/connection_pool.h"
#include "core/net/http_server.h"
#include "core/net/peer_proof.h"
#include "profiles/friendnet/racing_dialer.h"
#include "tests/support/engine.h"
#include "tests/support/http_suite.h"
#include "tests/support/seeded_random.h"
#include "tests/support/sim_network.h"

#include <boost/asio/detached.hpp>

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::profiles;
using namespace std::chrono_literals;
using net::Stream;

namespace {

const std::string kHome = "me";
const std::string kLan = "192.168.1.2";
const std::string kWorld = "198.51.100.7";
const std::string kRelay = "relay"; ///< how the simulated network calls what stands for another way

net::Location at(const std::string& host)
{
    net::Location out;
    out.host = host;
    out.port = 7;
    return out;
}

net::TlsServerIdentity tlsOf(const crypto::Ed25519Key& key)
{
    const crypto::TlsIdentity own = crypto::identityOf(key);
    return *net::TlsServerIdentity::fromPem(own.keyPem, own.certificatePem);
}

/// A way that the test opens and closes.
class OtherWay final : public PeerWay
{
public:
    OtherWay(WayClass way, net::Dialer& dialer, std::string host)
        : m_way(way), m_dialer(dialer), m_host(std::move(host))
    {
    }
    WayClass wayClass() const override { return m_way; }
    bool knows(const net::PeerKey&) const override { return known; }
    asio::awaitable<Result<Stream>> connect(net::PeerKey) override
    {
        ++asked;
        std::vector<net::Location> one{at(m_host)};
        return m_dialer.dial(std::move(one));
    }
    bool known = true;
    unsigned asked = 0;

private:
    WayClass m_way;
    net::Dialer& m_dialer;
    std::string m_host;
};

struct World final : net::HttpHandler
{
    World()
    {
        Paths::Parts parts{engine.executor(), engine.clock(), [this] { return local; }, 5s,
                           [this](const net::PeerKey&) { ++changes; }};
        paths = std::make_unique<Paths>(std::move(parts));
        plain = network.dialerFor(kHome);
        paths->use(*plain, nullptr);
        dialer = paths->dialer(*plain, nullptr);
        net::PoolLimits limits;
        limits.connectionsPerPeer = 2;
        pool = std::make_unique<net::ConnectionPool>(
            engine.executor(), *dialer, net::TlsClientContext(), engine.clock(), limits);
        server = std::make_unique<net::HttpServer>(engine.executor(), *this, engine.clock(),
                                                   net::HttpServerLimits());
    }
    ~World() override
    {
        engine.onEngine([this] { pool.reset(); });
        engine.run(stopping(*paths));
        engine.onEngine([this] {
            dialer.reset();
            paths.reset();
            server.reset();
        });
    }
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    static asio::awaitable<bool> stopping(Paths& paths)
    {
        co_await paths.stop();
        co_return true;
    }
    /// The peer answers there, or who has `key`.
    void listen(const std::string& host) { listenAs(host, key); }
    void listenAs(const std::string& host, const crypto::Ed25519Key& who)
    {
        network.listen(host, 7, [this, &who](Stream stream) {
            asio::co_spawn(engine.context(), welcome(*this, std::move(stream), who),
                           asio::detached);
        });
    }
    static asio::awaitable<void> welcome(World& world, Stream stream, const crypto::Ed25519Key& who)
    {
        net::TlsServerIdentity identity = tlsOf(who);
        auto tls = co_await net::acceptTls(std::move(stream), std::move(identity),
                                           world.engine.clock(), 5s);
        if (tls) world.server->serve(*std::move(tls));
    }
    asio::awaitable<Result<void>> serve(net::ServerExchange& exchange) override
    {
        ++served;
        return suite.serve(exchange);
    }
    void member(const std::vector<net::Location>& locations)
    {
        where = locations;
        paths->setMembers({{peer, locations}});
        pool->setLocations(peer, locations);
    }
    static asio::awaitable<Result<std::string>> asking(World& world, std::string target)
    {
        net::RequestHead head;
        head.method = "GET";
        head.target = std::move(target);
        head.headers.add("Host", "h");
        net::RequestOptions options;
        options.acquireLimit = 20s;
        options.force = true;
        const net::PeerKey key = world.peer;
        TARN_CO_TRY(net::PooledConnection connection, co_await world.pool->acquire(key, options));
        const std::span<const ByteView> nothing;
        TARN_CO_TRY(const net::ResponseHead answer, co_await connection->request(head, nothing));
        TARN_CO_TRY(const Bytes body, co_await connection->readAll(10 << 20U));
        co_return std::to_string(answer.status) + " " + std::to_string(body.size());
    }
    /// "200 1000 over lan after 12 ms", or the error.
    std::string ask()
    {
        const TimePoint begun = engine.clock().now();
        const auto answer = engine.run(asking(*this, "/size/1000"));
        if (!answer) return "never ended";
        const auto took =
            std::chrono::duration_cast<std::chrono::milliseconds>(engine.clock().now() - begun);
        tookMs = static_cast<int>(took.count());
        if (!*answer) {
            why = (*answer).error().message();
            return std::string(nameOf((*answer).error().code()));
        }
        const PeerPaths now = paths->of(peer);
        return **answer + " " + (now.current ? std::string(nameOf(now.current->way)) : "nowhere");
    }
    void pass(Duration time)
    {
        const TimePoint end = engine.clock().now() + time;
        while (engine.clock().now() < end) {
            engine.run(sleeping(engine.clock(), 2s));
            engine.onEngine([this] { paths->tick(); });
        }
    }
    static asio::awaitable<bool> sleeping(Clock& clock, Duration time)
    {
        co_await clock.sleep(time);
        co_return true;
    }
    std::string resultOf(WayClass way)
    {
        engine.settle();
        for (const PathTry& one : paths->of(peer).tries)
            if (one.way == way) return std::string(nameOf(one.result));
        return "not tried";
    }

    test::Engine engine;
    test::SeededRandom random{5};
    test::SimNetwork network{engine.executor(), engine.clock(), 1};
    crypto::Ed25519Key key = crypto::Ed25519Key::generate(random);
    crypto::Ed25519Key stranger = crypto::Ed25519Key::generate(random);
    net::PeerKey peer = net::peerKeyOf(key.publicKey());
    test::SuiteHandler suite{engine.clock()};
    std::vector<LocalAddress> local;
    std::vector<net::Location> where;
    unsigned changes = 0;
    unsigned served = 0;
    int tookMs = 0;
    std::string why;
    std::unique_ptr<net::HttpServer> server;
    std::unique_ptr<net::Dialer> plain;
    std::unique_ptr<Paths> paths;
    std::unique_ptr<net::PeerDialer> dialer;
    std::unique_ptr<net::ConnectionPool> pool;
};

} // namespace

class TestRacingDialer final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void theLanComesFirst()
    {
        World world;
        world.listen(kLan);
        world.listen(kWorld);
        world.member({at(kWorld), at(kLan)});
        QCOMPARE(world.ask(), std::string("200 1000 lan"));
        QVERIFY(world.tookMs < 100);
        QCOMPARE(world.network.dials(), 1U); // nobody else was asked
    }
    void whereTheLanIsAnotherTheNextClassWins()
    {
        World world;
        world.listen(kWorld);
        world.network.blackHole(kHome, kLan);
        world.member({at(kLan), at(kWorld)});
        QCOMPARE(world.ask(), std::string("200 1000 mapped"));
        QVERIFY2(world.tookMs >= 150 && world.tookMs < 500,
                 qPrintable(QString::number(world.tookMs)));
        QCOMPARE(world.resultOf(WayClass::Lan), std::string("outrun"));
    }
    void afterARefusalTheNextIsTriedAtOnce()
    {
        World world;
        world.listen(kWorld);
        world.member({at(kLan), at(kWorld)});
        QCOMPARE(world.ask(), std::string("200 1000 mapped"));
        QVERIFY(world.tookMs < 150);
        QCOMPARE(world.resultOf(WayClass::Lan), std::string("failed"));
    }
    void aStrangerOnlyLosesTheRace()
    {
        World world;
        world.listenAs(kLan, world.stranger);
        world.listen(kWorld);
        world.member({at(kLan), at(kWorld)});
        QCOMPARE(world.ask(), std::string("200 1000 mapped"));
        QVERIFY(world.tookMs < 1000);
        QCOMPARE(world.resultOf(WayClass::Lan), std::string("somebody else"));
    }
    void whoAcceptsAndSaysNothingHoldsNobodyUp()
    {
        World world;
        std::vector<Stream> kept;
        world.network.listen(kLan, 7, [&](Stream stream) { kept.push_back(std::move(stream)); });
        world.listen(kWorld);
        world.member({at(kLan), at(kWorld)});
        QCOMPARE(world.ask(), std::string("200 1000 mapped"));
        QVERIFY(world.tookMs < 1000);
        world.engine.onEngine([&] { kept.clear(); });
    }
    void onlyStrangersAreNamedSo()
    {
        World world;
        world.listenAs(kLan, world.stranger);
        world.member({at(kLan)});
        QCOMPARE(world.ask(), std::string("PeerMisbehaved"));
        world.member({at(kLan), at(kWorld)});
        QCOMPARE(world.ask(), std::string("PeerUnreachable"));
        QVERIFY2(world.why.find("lan: ") != std::string::npos, world.why.c_str());
        QVERIFY(!world.paths->of(world.peer).current);
    }
    void aRelayWinsWithin2sWhereNothingElseDoes()
    {
        World world;
        for (const std::string& host : {kLan, kWorld})
            world.network.blackHole(kHome, host);
        test::SimLink far;
        far.latency = 100ms;
        world.network.setLink(kHome, kRelay, far);
        world.listen(kRelay);
        OtherWay relay(WayClass::Relayed, *world.plain, kRelay);
        world.paths->add(relay);
        world.member({at(kLan), at(kWorld)});
        QCOMPARE(world.ask(), std::string("200 1000 relayed"));
        QVERIFY2(world.tookMs < 2000, qPrintable(QString::number(world.tookMs)));
    }
    void whatWorkedIsTakenAtOnceTheNextTime()
    {
        World world;
        world.network.blackHole(kHome, kLan);
        world.listen(kWorld);
        world.member({at(kLan), at(kWorld)});
        QCOMPARE(world.ask(), std::string("200 1000 mapped"));
        const unsigned before = world.network.dials();
        world.engine.onEngine([&] {
            world.pool->setLocations(world.peer, {at(kLan), at(kWorld)});
        });
        world.network.cut(kHome, kWorld);
        QCOMPARE(world.ask(), std::string("200 1000 mapped"));
        QVERIFY(world.tookMs < 150);
        QCOMPARE(world.network.dials(), before + 1);
    }
    void aBetterWayTakesOver()
    {
        World world;
        world.network.blackHole(kHome, kWorld);
        world.listen(kRelay);
        OtherWay relay(WayClass::Relayed, *world.plain, kRelay);
        world.paths->add(relay);
        world.member({at(kWorld)});
        QCOMPARE(world.ask(), std::string("200 1000 relayed"));
        world.pass(30s); // one look, in vain
        QCOMPARE(world.ask(), std::string("200 1000 relayed"));
        world.network.heal();
        world.listen(kWorld);
        world.pass(70s);
        QCOMPARE(world.ask(), std::string("200 1000 direct"));
        QCOMPARE(relay.asked, 1U);
        QCOMPARE(world.changes, 2U);
    }
    void looksForBetterAreSpacedOut()
    {
        World world;
        world.listen(kRelay);
        OtherWay relay(WayClass::Relayed, *world.plain, kRelay);
        world.paths->add(relay);
        world.member({at(kWorld)}); // refuses
        QCOMPARE(world.ask(), std::string("200 1000 relayed"));
        const unsigned before = world.network.dials();
        world.pass(60s);
        QVERIFY(world.network.dials() - before >= 1U);
        world.pass(24h);
        const unsigned looks = world.network.dials() - before;
        QVERIFY2(looks >= 48 && looks < 60, qPrintable(QString::number(looks)));
        world.pass(1h);
        QVERIFY(world.network.dials() - before - looks <= 3);
    }
    void aTransferGoesOnWhileABetterWayComes()
    {
        World world;
        test::SimLink slow;
        slow.bytesPerSecond = 20'000;
        world.network.setLink(kHome, kRelay, slow);
        world.listen(kRelay);
        world.network.blackHole(kHome, kWorld);
        OtherWay relay(WayClass::Relayed, *world.plain, kRelay);
        world.paths->add(relay);
        world.member({at(kWorld)});
        std::string transfer;
        asio::co_spawn(world.engine.context(), transferring(world, transfer), asio::detached);
        world.pass(8s);
        world.network.heal();
        world.listen(kWorld);
        world.pass(70s);
        QCOMPARE(world.ask(), std::string("200 1000 direct"));
        QVERIFY(transfer.empty()); // it is still under way on the relay
        world.pass(120s);
        QCOMPARE(transfer, std::string("200 3000000"));
    }
    static asio::awaitable<void> transferring(World& world, std::string& out)
    {
        const Result<std::string> answer = co_await World::asking(world, "/size/3000000");
        out = answer ? *answer : answer.error().text();
    }
    void anotherNetworkForgetsWhatWorked()
    {
        World world;
        world.listen(kWorld);
        world.member({at(kLan), at(kWorld)});
        QCOMPARE(world.ask(), std::string("200 1000 mapped"));
        world.listen(kLan);
        world.engine.onEngine([&] { world.paths->networkChanged(); });
        QCOMPARE(world.ask(), std::string("200 1000 lan"));
    }
    void whoMovesIsFoundAgain()
    {
        World world;
        world.listen(kWorld);
        world.member({at(kWorld)});
        QCOMPARE(world.ask(), std::string("200 1000 direct"));
        world.network.blackHole(kHome, kWorld); // and nobody says so
        world.listen(kLan);
        world.member({at(kLan)});
        QCOMPARE(world.ask(), std::string("200 1000 lan"));
    }
    void aRaceInVainDoesNotHideALaterOneThatWasWon()
    {
        World world;
        world.network.blackHole(kHome, kWorld);
        OtherWay relay(WayClass::Relayed, *world.plain, kRelay);
        relay.known = false;
        world.paths->add(relay);
        world.member({at(kWorld)});
        std::string first;
        asio::co_spawn(world.engine.context(), transferring(world, first), asio::detached);
        world.pass(2s);
        world.listen(kRelay);
        relay.known = true;
        QCOMPARE(world.ask(), std::string("200 1000 relayed"));
        world.pass(20s); // the first one has failed by now
        QVERIFY(world.paths->of(world.peer).current.has_value());
    }
    void onceGivenUpNothingGoesOn()
    {
        World world;
        for (const std::string& host : {kLan, kWorld})
            world.network.blackHole(kHome, host);
        world.member({at(kLan), at(kWorld)});
        const auto answer = world.engine.run(World::asking(world, "/size/1"), 1s);
        QVERIFY(!answer); // cancelled half-way
        QVERIFY(world.engine.run(World::stopping(*world.paths), 1s).has_value());
    }
    void stopEndsWhatIsUnderWay()
    {
        World world;
        world.network.blackHole(kHome, kLan);
        world.member({at(kLan)});
        std::string out;
        asio::co_spawn(world.engine.context(), transferring(world, out), asio::detached);
        world.engine.settle();
        QVERIFY(world.engine.run(World::stopping(*world.paths), 1s).has_value());
        world.engine.settle();
        QVERIFY(!out.empty());
    }
    void allPathsAreTriedWhenAsked()
    {
        World world;
        world.listen(kLan);
        world.listenAs(kWorld, world.stranger);
        OtherWay relay(WayClass::Relayed, *world.plain, kRelay); // refuses
        world.paths->add(relay);
        world.member({at(kWorld), at(kLan)});
        world.engine.run(trying(world));
        QCOMPARE(world.resultOf(WayClass::Lan), std::string("works"));
        QCOMPARE(world.resultOf(WayClass::Mapped), std::string("somebody else"));
        QCOMPARE(world.resultOf(WayClass::Relayed), std::string("failed"));
    }
    static asio::awaitable<bool> trying(World& world)
    {
        co_await world.paths->tryAll(world.peer);
        co_return true;
    }
};

QTEST_GUILESS_MAIN(TestRacingDialer)
#include "test_racing_dialer.moc"
