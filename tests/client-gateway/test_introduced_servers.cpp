// What a gateway believes of introducers: hostile ones, silent ones, and none at all.
#include "client-gateway/introduced_servers.h"
#include "core/codec/base32.h"
#include "core/crypto/x509.h"
#include "core/wire/node_id.h"
#include "tests/support/introducer_double.h"
#include "tests/support/seeded_random.h"
#include "tests/support/signed_records.h"
#include "tests/support/vector_file.h"

#include <QtCore/QFile>
#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

using namespace tarn;
using namespace std::chrono_literals;
using gateway::IntroducedServers;
using gateway::ServerEntry;
using gossip::RecordPtr;
using test::IntroducerDouble;
using test::testKey;
using test::testServer;

namespace {

/// Of a server that everybody may use.
RecordPtr opened(std::uint32_t number, std::uint64_t sequence = 1, WallTime now = test::kTestTime,
                 const std::string& nickname = "server")
{
    gossip::ServerAnnouncement server = testServer(number);
    server.nickname = nickname;
    server.anonymousSwissnum = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    Result<RecordPtr> out = gossip::signAnnouncement(testKey(number), server, sequence, now);
    TARN_ASSERT(out);
    return *std::move(out);
}

/// The same, of one that says that it is there for less.
RecordPtr standing(std::uint32_t number, gossip::Standing standing, std::uint64_t sequence)
{
    gossip::ServerAnnouncement server = testServer(number);
    server.anonymousSwissnum = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    server.standing = standing;
    if (standing == gossip::Standing::Withdrawn) server = gossip::withdrawalOf(server);
    return *gossip::signAnnouncement(testKey(number), server, sequence, test::kTestTime);
}

/// Where what that introducer says is kept.
QString cacheOf(const QString& file, const wire::IntroducerUrl& url)
{
    const std::string key = codec::encodeBase32(url.spkiHash.view().first(10));
    return file + "." + QString::fromStdString(key);
}

crypto::TlsIdentity adoptedIdentity()
{
    const QJsonObject keys = test::readVectors("keys.json").at(0).toObject();
    Result<crypto::TlsIdentity> out = crypto::readNodePem(test::textIn(keys, "node_pem"));
    TARN_ASSERT(out);
    return *std::move(out);
}

/// Of a server whose TLS key is that one. \param prover  whom the proof names; 0: there is none.
RecordPtr withTlsKey(std::uint32_t number, const crypto::TlsIdentity& tls, std::uint32_t prover,
                     std::vector<std::string> locations)
{
    gossip::ServerAnnouncement server = testServer(number);
    server.anonymousSwissnum = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    server.spkiHash = tls.spkiHash;
    server.locations = std::move(locations);
    if (prover != 0)
        server.tlsProof = *gossip::proveTlsKey(tls.keyPem.view(), testKey(prover).publicKey());
    Result<RecordPtr> out = gossip::signAnnouncement(testKey(number), server, 1, test::kTestTime);
    TARN_ASSERT(out);
    return *std::move(out);
}

std::vector<std::string> addresses(const std::string& host, int count)
{
    std::vector<std::string> out;
    for (int i = 1; i <= count; ++i)
        out.push_back("tcp:" + host + ":" + std::to_string(i));
    return out;
}

struct Bench
{
    explicit Bench(const QString& file)
        : network(engine.executor(), engine.clock(), 1), dialer(network.dialerFor("client")),
          pool(std::make_unique<net::ConnectionPool>(engine.executor(), *dialer,
                                                     net::TlsClientContext(), engine.clock())),
          one(std::make_unique<IntroducerDouble>(engine, network, "one", 1)),
          two(std::make_unique<IntroducerDouble>(engine, network, "two", 2)),
          path(file.toStdString())
    {
        one->answer = two->answer = test::tells(engine.clock(), {});
        begin();
    }
    ~Bench()
    {
        end();
        pool.reset();
        one.reset();
        two.reset();
        engine.settle();
    }
    Bench(const Bench&) = delete;
    Bench& operator=(const Bench&) = delete;

    void begin()
    {
        gateway::IntroducedParts parts{engine.executor(), engine.clock(), random, *inlinePool,
                                       *inlinePool};
        parts.limits = limits;
        servers = std::make_unique<IntroducedServers>(parts, *pool, path, [this] { ++changes; });
        loaded = servers->loadBlocking({one->url(), two->url()});
        servers->setIntroducers({one->url(), two->url()});
    }
    void end()
    {
        if (servers != nullptr) engine.run(finish(*servers));
        servers.reset();
        engine.settle();
    }
    static asio::awaitable<bool> finish(IntroducedServers& servers)
    {
        co_await servers.stop();
        co_return true;
    }
    void pass(Duration time)
    {
        engine.clock().runUntil(engine.context(), time, [] { return false; });
    }
    std::vector<std::string> names() const
    {
        std::vector<std::string> out;
        for (const ServerEntry& entry : servers->entries())
            out.push_back(entry.nickname);
        return out;
    }
    std::size_t count() const { return servers->entries().size(); }

    test::Engine engine;
    test::SimNetwork network;
    std::unique_ptr<net::Dialer> dialer;
    test::SeededRandom random{1};
    std::unique_ptr<WorkPool> inlinePool = makeInlinePool();
    std::unique_ptr<net::ConnectionPool> pool;
    std::unique_ptr<IntroducerDouble> one;
    std::unique_ptr<IntroducerDouble> two;
    std::string path;
    gossip::RecordLimits limits; ///< of the next begin()
    unsigned changes = 0;
    Result<void> loaded;
    std::unique_ptr<IntroducedServers> servers;
};

} // namespace

class TestIntroducedServers final : public QObject
{
    Q_OBJECT

    QTemporaryDir m_folder;
    int m_count = 0;

    QString file() { return m_folder.filePath(QString::number(++m_count)); }

private Q_SLOTS:
    void learnsFromEither()
    {
        Bench bench(file());
        bench.one->answer = test::tells(bench.engine.clock(), {opened(1), opened(2)});
        bench.two->answer = test::tells(bench.engine.clock(), {opened(2), opened(3)});
        bench.pass(5s);
        QCOMPARE(bench.count(), std::size_t(3));
        QVERIFY(bench.changes > 0);
        QVERIFY(bench.servers->withoutAccount().empty());
    }
    void aServerWithoutAnAccountForAllIsNoEntry()
    {
        Bench bench(file());
        bench.one->answer = test::tells(bench.engine.clock(), {test::testAnnouncement(1)});
        bench.pass(5s);
        QCOMPARE(bench.count(), std::size_t(0));
        QCOMPARE(bench.servers->withoutAccount().size(), std::size_t(1));
    }
    void aServerThatTakesNothingNewIsKnownAsSuch()
    {
        Bench bench(file());
        bench.one->answer =
            test::tells(bench.engine.clock(), {standing(1, gossip::Standing::Closed, 2)});
        bench.two->answer = test::tells(bench.engine.clock(), {opened(1, 1), opened(2)});
        bench.pass(5s);
        QCOMPARE(bench.count(), std::size_t(2));
        for (const ServerEntry& entry : bench.servers->entries())
            QCOMPARE(entry.closed, entry.nickname == "server 1");
        bench.end();
        bench.two->answer = test::tells(bench.engine.clock(), {opened(1, 3)});
        bench.begin();
        bench.pass(5s);
        QCOMPARE(bench.count(), std::size_t(2));
        for (const ServerEntry& entry : bench.servers->entries())
            QVERIFY(!entry.closed);
    }
    void aWithdrawnServerIsForgotten()
    {
        Bench bench(file());
        bench.one->answer = bench.two->answer =
            test::tells(bench.engine.clock(), {opened(1, 5), opened(2)});
        bench.pass(5s);
        QCOMPARE(bench.count(), std::size_t(2));
        bench.end();
        bench.one->answer =
            test::tells(bench.engine.clock(), {standing(1, gossip::Standing::Withdrawn, 6)});
        bench.begin();
        bench.pass(5s); // the other one still tells the old announcement
        QCOMPARE(bench.count(), std::size_t(1));
        QVERIFY(bench.servers->withoutAccount().empty());
        QCOMPARE(bench.servers->counts().servers, std::size_t(1));
        bench.end();
        bench.network.stopNode("one");
        bench.network.stopNode("two");
        bench.begin();
        bench.pass(1min);
        QVERIFY2(bench.count() == 1, "it is forgotten across a start");
        bench.network.startNode("one");
        bench.one->answer = test::tells(bench.engine.clock(), {opened(1, 7)});
        bench.pass(10min);
        QVERIFY2(bench.count() == 2, "a later announcement makes it a server again");
    }
    void whatWasLearnedOutlivesAllIntroducers()
    {
        Bench bench(file());
        bench.one->answer = test::tells(bench.engine.clock(), {opened(1), opened(2)});
        bench.pass(5s);
        bench.end();
        bench.network.stopNode("one");
        bench.network.stopNode("two");
        bench.engine.clock().jumpWall(24h * 30);
        bench.begin();
        QVERIFY(bench.loaded);
        bench.pass(1h);
        QCOMPARE(bench.count(), std::size_t(2));
    }
    void whatIsLearnedRightBeforeTheEndIsKept()
    {
        Bench bench(file());
        test::SimLink slow;
        slow.latency = 50ms;
        bench.network.setLink("client", "two", slow);
        bench.one->answer = test::tells(bench.engine.clock(), {opened(1)});
        bench.two->answer = test::tells(bench.engine.clock(), {opened(2)});
        const auto both = [&] { return bench.count() == 2; };
        QVERIFY(bench.engine.clock().runUntil(bench.engine.context(), 900ms, both));
        bench.end();
        bench.one->answer = bench.two->answer = test::staysSilent(bench.engine.clock());
        bench.begin();
        QCOMPARE(bench.count(), std::size_t(2));
    }
    void aBrokenCacheIsNoCache()
    {
        const QString name = file();
        Bench bench(name);
        bench.end();
        QFile cache(cacheOf(name, bench.one->url()));
        QVERIFY(cache.open(QIODevice::WriteOnly));
        cache.write("not an archive, by any means");
        cache.close();
        bench.begin();
        QVERIFY(!bench.loaded);
        bench.one->answer = test::tells(bench.engine.clock(), {opened(1)});
        bench.pass(5s);
        QCOMPARE(bench.count(), std::size_t(1));
    }
    void nobodySpeaksForAnother()
    {
        Bench bench(file());
        gossip::RecordContent content = opened(1)->content();
        content.sequence += 5;
        const Result<RecordPtr> forged = gossip::signRecord(testKey(2), content);
        QVERIFY(forged);
        bench.one->answer = test::tells(bench.engine.clock(), {*forged, opened(1)});
        bench.pass(5s);
        QCOMPARE(bench.count(), std::size_t(1));
    }
    void nobodyTakesTheKeyOfAnother()
    {
        Bench bench(file());
        gossip::ServerAnnouncement stolen = testServer(2);
        stolen.spkiHash = testServer(1).spkiHash;
        stolen.anonymousSwissnum = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
        const Result<RecordPtr> thief =
            gossip::signAnnouncement(testKey(2), stolen, 1, test::kTestTime);
        QVERIFY(thief);
        bench.one->answer = test::tells(bench.engine.clock(), {*thief, opened(1)});
        bench.pass(5s);
        QCOMPARE(bench.count(), std::size_t(1));
        QCOMPARE(bench.servers->entries().front().id, wire::nodeIdOf(testKey(1).publicKey()));
    }
    void anAdoptedServerKeepsItsTlsKey_data()
    {
        QTest::addColumn<unsigned>("prover");
        QTest::newRow("without a proof") << 0U;
        QTest::newRow("with the proof of another") << 1U;
    }
    /// Its TLS key is not its node key: it proves that it has it, and who does not is left out.
    void anAdoptedServerKeepsItsTlsKey()
    {
        QFETCH(unsigned, prover);
        const crypto::TlsIdentity tls = adoptedIdentity();
        Bench bench(file());
        const RecordPtr thief = withTlsKey(2, tls, prover, {"tcp:192.0.2.66:1"});
        bench.one->answer = test::tells(bench.engine.clock(), {thief});
        bench.pass(2s);
        QCOMPARE(bench.count(), std::size_t(1)); // it alone says so, and lies at its own expense
        bench.end();
        bench.two->answer =
            test::tells(bench.engine.clock(), {withTlsKey(1, tls, 1, {"tcp:192.0.2.1:1"})});
        bench.begin();
        bench.pass(1min);
        QCOMPARE(bench.count(), std::size_t(1));
        const ServerEntry server = bench.servers->entries().front();
        QCOMPARE(server.id, wire::nodeIdOf(testKey(1).publicKey()));
        QCOMPARE(server.nurls.size(), std::size_t(1));
        QVERIFY(server.nurls.front().find("192.0.2.66") == std::string::npos);
    }
    void aMovedNodeKeyMayProveTheSameTlsKey()
    {
        const crypto::TlsIdentity tls = adoptedIdentity();
        Bench bench(file());
        bench.one->answer = test::tells(bench.engine.clock(), {withTlsKey(1, tls, 1, {"tcp:a:1"}),
                                                               withTlsKey(2, tls, 2, {"tcp:b:1"})});
        bench.pass(5s);
        QCOMPARE(bench.count(), std::size_t(2));
    }
    /// The key of a proxy, say: whose it is only the connection tells.
    void whereNobodyProvesAKeyAllAddressesAreTried()
    {
        const crypto::TlsIdentity tls = adoptedIdentity();
        Bench bench(file());
        bench.one->answer =
            test::tells(bench.engine.clock(), {withTlsKey(2, tls, 0, addresses("192.0.2.66", 16)),
                                               withTlsKey(3, tls, 0, addresses("192.0.2.67", 16))});
        bench.two->answer =
            test::tells(bench.engine.clock(), {withTlsKey(1, tls, 0, addresses("192.0.2.1", 2))});
        bench.pass(5s);
        QCOMPARE(bench.count(), std::size_t(3));
        for (const ServerEntry& server : bench.servers->entries()) {
            QCOMPARE(server.nurls.size(), std::size_t(34));
            const auto right =
                std::find_if(server.nurls.begin(), server.nurls.end(), [](const std::string& nurl) {
                    return nurl.find("192.0.2.1:1/") != nurl.npos;
                });
            QVERIFY2(right - server.nurls.begin() < 3, "behind no more than one of each");
        }
    }
    void noIntroducerTakesTheRoomOfAnother()
    {
        Bench bench(file());
        bench.end();
        bench.limits.records = 20;
        bench.begin();
        std::vector<RecordPtr> flood;
        for (std::uint32_t i = 100; i < 140; ++i)
            flood.push_back(opened(i));
        bench.one->answer = test::tells(bench.engine.clock(), flood);
        bench.pass(5s);
        QCOMPARE(bench.count(), std::size_t(20));
        bench.end();
        bench.two->answer = test::tells(bench.engine.clock(), {opened(1), opened(2)});
        bench.begin();
        bench.pass(1min);
        QCOMPARE(bench.count(), std::size_t(22));
        bench.end();
        bench.network.stopNode("one");
        bench.network.stopNode("two");
        bench.begin();
        bench.pass(5s);
        QCOMPARE(bench.count(), std::size_t(22));
    }
    void whatBothSayIsOneServer()
    {
        Bench bench(file());
        bench.one->answer =
            test::tells(bench.engine.clock(), {opened(1, 3, test::kTestTime, "old")});
        bench.two->answer =
            test::tells(bench.engine.clock(), {opened(1, 4, test::kTestTime, "new")});
        bench.pass(5s);
        QVERIFY(bench.names() == std::vector<std::string>{"new"});
    }
    void serversThatNeedAnAccountTakeTurns()
    {
        Bench bench(file());
        std::vector<RecordPtr> flood;
        for (std::uint32_t i = 100; i < 150; ++i)
            flood.push_back(test::testAnnouncement(i));
        bench.one->answer = test::tells(bench.engine.clock(), flood);
        bench.two->answer = test::tells(bench.engine.clock(), {test::testAnnouncement(1)});
        bench.pass(5s);
        std::size_t earlier = 0;
        for (const gateway::AccountServer& server : bench.servers->withoutAccount())
            if (server.turn == 0) ++earlier;
        QCOMPARE(earlier, std::size_t(2));
    }
    void numbersDoNotGoBack()
    {
        Bench bench(file());
        bench.one->answer =
            test::tells(bench.engine.clock(), {opened(1, 7, test::kTestTime, "new")});
        bench.pass(2s);
        bench.end();
        bench.two->answer =
            test::tells(bench.engine.clock(), {opened(1, 6, test::kTestTime, "old")});
        bench.begin();
        bench.pass(1min);
        QVERIFY(bench.names() == std::vector<std::string>{"new"});
    }
    void whatHasExpiredGoesOnceAnIntroducerIsHeard()
    {
        Bench bench(file());
        bench.one->answer = test::tells(bench.engine.clock(), {opened(1)});
        bench.pass(47h);
        QCOMPARE(bench.count(), std::size_t(1));
        bench.pass(2h);
        QCOMPARE(bench.count(), std::size_t(0));
    }
    void expiredOnesAreNotLearned()
    {
        Bench bench(file());
        bench.one->answer =
            test::tells(bench.engine.clock(), {opened(1, 1, test::kTestTime - 49h), opened(2)});
        bench.pass(5s);
        QCOMPARE(bench.count(), std::size_t(1));
    }
    void aClockThatWasWrongForAWhileCostsNothing()
    {
        Bench bench(file());
        bench.one->answer = test::tells(bench.engine.clock(), {opened(1)});
        bench.pass(5s);
        bench.engine.clock().jumpWall(24h * 365);
        bench.pass(3min);
        QCOMPARE(bench.count(), std::size_t(0));
        bench.engine.clock().jumpWall(-24h * 365);
        bench.pass(3min);
        QCOMPARE(bench.count(), std::size_t(1));
    }
    void aStartWithAnOldClockCostsNothing()
    {
        Bench bench(file());
        bench.engine.clock().jumpWall(-24h * 365);
        bench.one->answer = test::tells(bench.engine.clock(), {opened(1)});
        bench.pass(3min);
        QCOMPARE(bench.count(), std::size_t(0));
        bench.engine.clock().jumpWall(24h * 365);
        bench.pass(3min);
        QCOMPARE(bench.count(), std::size_t(1));
    }
    void endlessNewsIsTakenInGoodTime_data()
    {
        QTest::addColumn<bool>("more");
        QTest::newRow("one after the other") << false;
        QTest::newRow("as pages of one answer") << true;
    }
    /// An introducer with a key of its own can sign without end.
    void endlessNewsIsTakenInGoodTime()
    {
        QFETCH(bool, more);
        Bench bench(file());
        std::uint64_t sequence = 1;
        const auto news = [&sequence, more] {
            gossip::RecordArchive archive;
            archive.records = {opened(9, ++sequence)};
            archive.cursor = std::to_string(sequence);
            archive.more = more;
            return gossip::encodeArchive(archive);
        };
        bench.one->answer = test::saysEachTime(200, news);
        bench.two->answer = test::tells(bench.engine.clock(), {opened(1)});
        bench.pass(1min);
        // A second between answers, but for a run of pages now and then.
        const std::size_t most = more ? 61 * 17 + 2 : 62;
        QVERIFY2(bench.one->asked.size() <= most, std::to_string(bench.one->asked.size()).c_str());
        QCOMPARE(bench.count(), std::size_t(2));
    }
    void oneKeyHasOneServer()
    {
        Bench bench(file());
        std::vector<RecordPtr> flood;
        for (std::uint64_t i = 1; i <= 200; ++i)
            flood.push_back(opened(9, i));
        bench.one->answer = test::tells(bench.engine.clock(), flood);
        bench.pass(5s);
        QCOMPARE(bench.count(), std::size_t(1));
    }
    void hostileOnesDoNotKeepOthersFromBeingHeard_data()
    {
        QTest::addColumn<int>("kind");
        QTest::newRow("silent") << 0;
        QTest::newRow("a byte a second") << 1;
        QTest::newRow("without end") << 2;
        QTest::newRow("nonsense") << 3;
        QTest::newRow("refuses") << 4;
    }
    void hostileOnesDoNotKeepOthersFromBeingHeard()
    {
        QFETCH(int, kind);
        Bench bench(file());
        test::FakeClock& clock = bench.engine.clock();
        const IntroducerDouble::Answer hostile[] = {
            test::staysSilent(clock), test::neverEnds(clock, 1, 1s),
            test::neverEnds(clock, 65536, Duration(0)), test::says(200, toBytes("nonsense")),
            test::says(403, toBytes("go away"))};
        bench.one->answer = hostile[kind];
        bench.two->answer = test::tells(clock, {opened(1)});
        bench.pass(5s);
        QCOMPARE(bench.count(), std::size_t(1));
        bench.pass(6h);
        QCOMPARE(bench.count(), std::size_t(1));
        // Twelve an hour, and those of the first minutes.
        QVERIFY2(bench.one->asked.size() < 100, std::to_string(bench.one->asked.size()).c_str());
        QVERIFY(!bench.servers->status().at(0).problem.empty());
        QVERIFY(bench.servers->status().at(1).problem.empty());
    }
    void whatTheProgramTellsIsKnownWithoutIntroducers()
    {
        Bench bench(file());
        bench.one->answer = test::tells(bench.engine.clock(), {opened(1)});
        bench.pass(5s);
        const RecordPtr newer = opened(1, 2, test::kTestTime, "told");
        bench.engine.onEngine([&] { bench.servers->setTold({newer, opened(4)}); });
        QCOMPARE(bench.count(), std::size_t(2)); // one server, and the newer of its announcements
        const std::vector<std::string> names = bench.names();
        QCOMPARE(std::count(names.begin(), names.end(), "told"), std::ptrdiff_t(1));
        bench.engine.onEngine([&] { bench.servers->setIntroducers({}); });
        QCOMPARE(bench.count(), std::size_t(2));
        bench.engine.clock().jumpWall(24h * 30); // whether it still counts is the program's matter
        QCOMPARE(bench.count(), std::size_t(2));
        bench.engine.onEngine([&] { bench.servers->setTold({}); });
        QCOMPARE(bench.count(), std::size_t(0));
    }
    void withoutIntroducersNothingIsKnown()
    {
        Bench bench(file());
        bench.one->answer = test::tells(bench.engine.clock(), {opened(1)});
        bench.pass(5s);
        bench.engine.onEngine([&] { bench.servers->setIntroducers({}); });
        QCOMPARE(bench.count(), std::size_t(0));
        const std::size_t asked = bench.one->asked.size();
        bench.pass(1h);
        QCOMPARE(bench.one->asked.size(), asked);
    }
};

QTEST_GUILESS_MAIN(TestIntroducedServers)
#include "test_introduced_servers.moc"
