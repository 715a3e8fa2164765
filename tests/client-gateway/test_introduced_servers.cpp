// What a gateway believes of introducers: hostile ones, silent ones, and none at all.
#include "client-gateway/introduced_servers.h"
#include "core/wire/node_id.h"
#include "tests/support/introducer_double.h"
#include "tests/support/seeded_random.h"
#include "tests/support/signed_records.h"

#include <QtTest/QtTest>

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
        const gateway::IntroducedParts parts{engine.executor(), engine.clock(), random, *inlinePool,
                                             *inlinePool};
        servers = std::make_unique<IntroducedServers>(parts, *pool, path, [this] { ++changes; });
        loaded = servers->loadBlocking();
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
        QFile cache(name);
        QVERIFY(cache.open(QIODevice::WriteOnly));
        cache.write("not an archive, by any means");
        cache.close();
        Bench bench(name);
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
