// Members who try to connect to each other when asked, on a simulated network in virtual time: what
// is proven, and that nobody can be scanned or flooded by it.
#include "core/crypto/x509.h"
#include "core/net/peer_proof.h"
#include "core/net/tls_stream.h"
#include "profiles/friendnet/dial_back_desk.h"
#include "profiles/friendnet/reach_prover.h"
#include "tests/support/engine.h"
#include "tests/support/seeded_random.h"
#include "tests/support/sim_network.h"

#include <boost/asio/detached.hpp>

#include <QtTest/QTest>

#include <set>

using namespace tarn;
using namespace tarn::profiles;
using namespace std::chrono_literals;
using net::Stream;

namespace {

const std::string kHome = "192.0.2.7";

struct World
{
    World()
    {
        DialBackDesk::Parts parts{engine.clock(), observer, [this] { return plain.get(); },
                                  [this] { return willing; }};
        desk = std::make_unique<DialBackDesk>(std::move(parts));
    }
    /// At `address`, port 7, somebody with `key` speaks TLS.
    void listen(const crypto::Ed25519Key& key)
    {
        network.listen(kHome, 7, [this, &key](Stream stream) {
            asio::co_spawn(engine.context(), welcome(*this, std::move(stream), key),
                           asio::detached);
        });
    }
    static asio::awaitable<void> welcome(World& world, Stream stream, const crypto::Ed25519Key& key)
    {
        const crypto::TlsIdentity own = crypto::identityOf(key);
        net::TlsServerIdentity identity =
            *net::TlsServerIdentity::fromPem(own.keyPem, own.certificatePem);
        const auto tls = co_await net::acceptTls(std::move(stream), std::move(identity),
                                                 world.engine.clock(), 5s);
        world.shaken += tls ? 1 : 0;
    }
    /// "reached 192.0.2.7:7", "not reached ...", or the error; how long it took is in tookMs.
    std::string ask(const crypto::Ed25519Key& who, const std::string& seen, std::uint16_t port = 7)
    {
        const TimePoint begun = engine.clock().now();
        Bytes request = encodeDialBackRequest(port);
        const auto answer = engine.run(desk->answer(who.publicKey(), seen, std::move(request)));
        tookMs = static_cast<int>(
            std::chrono::duration_cast<std::chrono::milliseconds>(engine.clock().now() - begun)
                .count());
        if (!answer) return "never ended";
        if (!*answer) return std::string(nameOf((*answer).error().code()));
        const auto said = readStatement(**answer, observer.publicKey());
        if (!said || said->asker != who.publicKey()) return "unreadable";
        return std::string(said->reached ? "reached " : "not reached ") +
               said->address.to_string() + ":" + std::to_string(said->port);
    }
    void pass(Duration time) { engine.run(sleeping(engine.clock(), time)); }
    static asio::awaitable<bool> sleeping(Clock& clock, Duration time)
    {
        co_await clock.sleep(time);
        co_return true;
    }

    test::Engine engine;
    test::SeededRandom random{9};
    test::SimNetwork network{engine.executor(), engine.clock(), 1};
    crypto::Ed25519Key observer = crypto::Ed25519Key::generate(random);
    crypto::Ed25519Key asker = crypto::Ed25519Key::generate(random);
    crypto::Ed25519Key other = crypto::Ed25519Key::generate(random);
    std::unique_ptr<net::Dialer> plain = network.dialerFor("observer");
    bool willing = true;
    unsigned shaken = 0;
    int tookMs = 0;
    std::unique_ptr<DialBackDesk> desk;
};

/// One who asks, and members who answer as the test says.
struct Asking
{
    Asking()
    {
        ReachProver::Parts parts{
            world.engine.executor(),
            world.engine.clock(),
            world.asker.publicKey(),
            [this] { return observers; },
            [this] { return ports; },
            [this](Ed25519PublicKey who, Bytes request) { return answering(*this, who, request); },
            [this](AddressProof proof) { proofs.push_back(std::move(proof)); }};
        prover = std::make_unique<ReachProver>(std::move(parts));
        observers.push_back(world.observer.publicKey());
    }
    ~Asking()
    {
        world.engine.run(stopping(*prover));
        world.engine.onEngine([this] { prover.reset(); });
    }
    Asking(const Asking&) = delete;
    Asking& operator=(const Asking&) = delete;

    static asio::awaitable<bool> stopping(ReachProver& prover)
    {
        co_await prover.stop();
        co_return true;
    }
    static asio::awaitable<Result<Bytes>> answering(Asking& self, Ed25519PublicKey who,
                                                    Bytes request)
    {
        ++self.asked;
        self.askedWhom.insert(who);
        if (self.refuses) co_return Error(ErrorCode::PeerMisbehaved, "it answered 403");
        self.said.port = *decodeDialBackRequest(request);
        if (self.wrongPort) ++self.said.port;
        co_return signStatement(self.forged ? self.world.other : self.world.observer, self.said);
    }
    void pass(Duration time)
    {
        const TimePoint end = world.engine.clock().now() + time;
        while (world.engine.clock().now() < end) {
            world.engine.onEngine([this] { prover->tick(); });
            world.pass(2s);
        }
    }

    World world;
    std::vector<Ed25519PublicKey> observers;
    std::vector<std::uint16_t> ports{7};
    DialBackStatement said{asio::ip::make_address("198.51.100.7"), 7, true, 0,
                           world.asker.publicKey()};
    bool refuses = false;
    bool wrongPort = false;
    bool forged = false;
    unsigned asked = 0;
    std::set<Ed25519PublicKey> askedWhom;
    std::vector<AddressProof> proofs;
    std::unique_ptr<ReachProver> prover;
};

} // namespace

class TestDialBack final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void whoAnswersWithItsKeyIsReached()
    {
        World world;
        world.listen(world.asker);
        QCOMPARE(world.ask(world.asker, "192.0.2.7:41200"), std::string("reached 192.0.2.7:7"));
        QCOMPARE(world.shaken, 1U);
        QCOMPARE(world.network.dials(), 1U);
        world.pass(60s);
        QCOMPARE(world.ask(world.asker, "[::ffff:192.0.2.7]:9"),
                 std::string("reached 192.0.2.7:7"));
    }
    /// Nothing there, somebody else there, somebody who says nothing: all the same, also in time.
    void nothingIsLearnedOfOthers_data()
    {
        QTest::addColumn<int>("who");
        QTest::newRow("nobody") << 0;
        QTest::newRow("another node") << 1;
        QTest::newRow("says nothing") << 2;
        QTest::newRow("packets vanish") << 3;
        QTest::newRow("another protocol") << 4;
    }
    void nothingIsLearnedOfOthers()
    {
        QFETCH(int, who);
        World world;
        std::vector<Stream> kept;
        if (who == 1) world.listen(world.other);
        if (who == 2 || who == 4)
            world.network.listen(kHome, 7, [&](Stream stream) {
                if (who == 4) {
                    boost::system::error_code ignored;
                    const std::string hello = "220 mail.example ESMTP\r\n";
                    stream.socket.send(asio::buffer(hello), 0, ignored);
                }
                kept.push_back(std::move(stream));
            });
        if (who == 3) world.network.blackHole("observer", kHome);
        QCOMPARE(world.ask(world.asker, "192.0.2.7:41200"), std::string("not reached 192.0.2.7:7"));
        QCOMPARE(world.tookMs, 4000);
        world.engine.onEngine([&] { kept.clear(); });
    }
    void onceAMinuteAndFewAtOnce()
    {
        World world;
        world.listen(world.asker);
        QVERIFY(world.ask(world.asker, "192.0.2.7:1").starts_with("reached"));
        for (int i = 0; i < 20; ++i)
            QCOMPARE(world.ask(world.asker, "192.0.2.7:1"), std::string("Conflict"));
        QCOMPARE(world.network.dials(), 1U);
        world.pass(59s);
        QCOMPARE(world.ask(world.asker, "192.0.2.7:1"), std::string("Conflict"));
        world.pass(1s);
        QVERIFY(world.ask(world.asker, "192.0.2.7:1").starts_with("reached"));
        world.network.blackHole("observer", kHome);
        std::vector<crypto::Ed25519Key> crowd;
        for (int i = 0; i < 20; ++i)
            crowd.push_back(crypto::Ed25519Key::generate(world.random));
        const unsigned before = world.network.dials();
        for (const crypto::Ed25519Key& one : crowd)
            asio::co_spawn(world.engine.context(), asking(world, one), asio::detached);
        world.engine.settle();
        QCOMPARE(world.network.dials() - before, 4U);
        world.pass(10s);
    }
    static asio::awaitable<void> asking(World& world, const crypto::Ed25519Key& who)
    {
        std::string seen = "192.0.2.7:1";
        Bytes request = encodeDialBackRequest(7);
        const auto answer =
            co_await world.desk->answer(who.publicKey(), std::move(seen), std::move(request));
        static_cast<void>(answer.has_value());
    }
    void onlyWhereTheAskerIsSeen()
    {
        World world;
        for (const char* seen : {"127.0.0.1:5", "[::1]:5", "[::ffff:127.0.0.1]:5", "0.0.0.0:5",
                                 "224.0.0.1:5", "v0-abc via relay", "tcp:192.0.2.7:7", "unix", ""})
            QCOMPARE(world.ask(world.asker, seen), std::string("Unsupported"));
        QCOMPARE(world.network.dials(), 0U);
    }
    void offIsOff()
    {
        World world;
        world.willing = false;
        world.listen(world.asker);
        QCOMPARE(world.ask(world.asker, "192.0.2.7:1"), std::string("Unsupported"));
        QCOMPARE(world.network.dials(), 0U);
        Asking asking;
        asking.ports.clear();
        asking.pass(10min);
        QCOMPARE(asking.asked, 0U);
    }
    void badRequestsAreRefused()
    {
        World world;
        QCOMPARE(world.ask(world.asker, "192.0.2.7:1", 0), std::string("InvalidInput"));
        QCOMPARE(world.network.dials(), 0U);
    }
    void oneObserverSuffices()
    {
        Asking asking;
        asking.pass(2s);
        QCOMPARE(asking.asked, 1U);
        QCOMPARE(asking.proofs.size(), std::size_t{1});
        QVERIFY(asking.proofs[0].reached && asking.proofs[0].port == 7);
        QCOMPARE(asking.proofs[0].address.to_string(), std::string("198.51.100.7"));
        QVERIFY(asking.prover->problem().empty());
        asking.pass(29min);
        QCOMPARE(asking.asked, 1U);
        asking.pass(3min);
        QCOMPARE(asking.asked, 2U);
    }
    void whoIsNotReachedAsksAgainWithPatience()
    {
        Asking asking;
        asking.said.reached = false;
        asking.pass(24h);
        QVERIFY2(asking.asked >= 48 && asking.asked < 90,
                 qPrintable(QString::number(asking.asked)));
        QVERIFY(!asking.proofs.back().reached);
    }
    void whatChangesIsProvenAnew()
    {
        Asking asking;
        asking.pass(2min);
        QCOMPARE(asking.asked, 1U);
        asking.world.engine.onEngine([&] { asking.prover->again(); });
        asking.pass(2s);
        QCOMPARE(asking.asked, 2U);
        // But never more than once a minute.
        asking.world.engine.onEngine([&] { asking.prover->again(); });
        asking.pass(50s);
        QCOMPARE(asking.asked, 2U);
        asking.pass(20s);
        QCOMPARE(asking.asked, 3U);
    }
    void severalPortsNeedSeveralMembers()
    {
        Asking asking;
        asking.ports = {7, 9};
        asking.pass(2s);
        QCOMPARE(asking.asked, 1U);
        asking.observers.push_back(asking.world.other.publicKey());
        asking.world.engine.onEngine([&] { asking.prover->again(); });
        asking.pass(70s);
        QVERIFY(asking.asked >= 3);
    }
    void whatIsNotSignedForThisNodeProvesNothing()
    {
        for (int which = 0; which < 4; ++which) {
            Asking asking;
            asking.refuses = which == 0;
            asking.wrongPort = which == 1;
            asking.forged = which == 2;
            if (which == 3) asking.said.address = asio::ip::make_address("127.0.0.1");
            asking.pass(2s);
            QCOMPARE(asking.asked, 1U);
            QVERIFY(asking.proofs.empty() && !asking.prover->problem().empty());
        }
    }
    /// Members that do not want to say anything keep nobody from asking the others.
    void allAreAskedInTurn()
    {
        Asking asking;
        for (int i = 0; i < 5; ++i)
            asking.observers.push_back(
                crypto::Ed25519Key::generate(asking.world.random).publicKey());
        asking.refuses = true;
        asking.pass(std::chrono::minutes(20));
        QCOMPARE(asking.askedWhom.size(), std::size_t{6});
    }
};

QTEST_GUILESS_MAIN(TestDialBack)
#include "test_dial_back.moc"
