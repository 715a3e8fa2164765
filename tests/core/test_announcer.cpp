// Announcing to introducers that take it, refuse it, know better, lie or are not there, over days.
#include "core/node/announcer.h"
#include "tests/support/introducer_double.h"
#include "tests/support/signed_records.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace std::chrono_literals;
using gossip::RecordPtr;
using test::IntroducerDouble;
using test::testAnnouncement;

namespace {

/// An announcer of the server with key 1, and two introducers.
struct Bench
{
    Bench()
        : network(engine.executor(), engine.clock(), 1), dialer(network.dialerFor("client")),
          pool(std::make_unique<net::ConnectionPool>(engine.executor(), *dialer,
                                                     net::TlsClientContext(), engine.clock())),
          one(std::make_unique<IntroducerDouble>(engine, network, "one", 1)),
          two(std::make_unique<IntroducerDouble>(engine, network, "two", 2)),
          announcer(std::make_unique<node::Announcer>(engine.executor(), engine.clock(),
                                                      *inlinePool, [this] { return maker(); }))
    {
        one->answer = two->answer = test::says(200, Bytes());
    }
    ~Bench()
    {
        engine.run(finish(*announcer));
        announcer.reset();
        pool.reset();
        one.reset();
        two.reset();
        engine.settle();
    }
    Bench(const Bench&) = delete;
    Bench& operator=(const Bench&) = delete;

    static asio::awaitable<bool> finish(node::Announcer& announcer)
    {
        co_await announcer.stop();
        co_return true;
    }
    /// As a server does it, with its last number in memory.
    node::Announcer::MakeRecord maker()
    {
        return [this](std::uint64_t atLeast) -> Result<RecordPtr> {
            const WallTime now = engine.clock().wallNow();
            last = std::max(gossip::nextSequence(last, now), atLeast);
            made.push_back(last);
            return testAnnouncement(1, last, now);
        };
    }
    void tellBoth()
    {
        std::vector<std::unique_ptr<node::IntroducerClient>> clients;
        for (const IntroducerDouble* introducer : {one.get(), two.get()})
            clients.push_back(std::make_unique<node::IntroducerClient>(
                *pool, *inlinePool, engine.clock(), introducer->url(), "tarn-test/1"));
        announcer->setIntroducers(std::move(clients));
    }
    void pass(Duration time)
    {
        engine.clock().runUntil(engine.context(), time, [] { return false; });
    }

    test::Engine engine;
    test::SimNetwork network;
    std::unique_ptr<net::Dialer> dialer;
    std::unique_ptr<WorkPool> inlinePool = makeInlinePool();
    std::unique_ptr<net::ConnectionPool> pool;
    std::unique_ptr<IntroducerDouble> one;
    std::unique_ptr<IntroducerDouble> two;
    std::uint64_t last = 0;
    std::vector<std::uint64_t> made;
    std::unique_ptr<node::Announcer> announcer;
};

} // namespace

class TestAnnouncer final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void tellsAllAtTheStartAndTwiceADay()
    {
        Bench bench;
        bench.tellBoth();
        bench.pass(1min);
        QCOMPARE(bench.one->asked.size(), std::size_t(1));
        QCOMPARE(bench.two->asked.size(), std::size_t(1));
        bench.pass(24h);
        QCOMPARE(bench.one->asked.size(), std::size_t(3));
        QVERIFY(std::is_sorted(bench.made.begin(), bench.made.end(), std::less_equal<>()));
    }
    void tellsAChangeAtOnce()
    {
        Bench bench;
        bench.tellBoth();
        bench.pass(1min);
        bench.engine.onEngine([&] { bench.announcer->renew(); });
        bench.pass(1s);
        QCOMPARE(bench.one->asked.size(), std::size_t(2));
        QCOMPARE(bench.two->asked.size(), std::size_t(2));
    }
    void countsWhoKnowsWhatIsAnnouncedNow()
    {
        Bench bench;
        QCOMPARE(bench.announcer->told().introducers, std::size_t(0));
        bench.tellBoth();
        bench.pass(1min);
        QCOMPARE(bench.announcer->told().told, std::size_t(2));
        bench.network.stopNode("one");
        bench.engine.onEngine([&] { bench.announcer->renew(); });
        bench.pass(10s);
        QCOMPARE(bench.announcer->told().told, std::size_t(1));
        bench.network.startNode("one");
        bench.pass(15min);
        QCOMPARE(bench.announcer->told().told, std::size_t(2));
        bench.two->answer = test::says(403, toBytes("no"));
        bench.engine.onEngine([&] { bench.announcer->renew(); });
        bench.pass(1min);
        QCOMPARE(bench.announcer->told().told, std::size_t(1));
    }
    void oneThatIsNotThereHoldsNobodyUp()
    {
        Bench bench;
        bench.network.stopNode("one");
        bench.tellBoth();
        bench.pass(1min);
        QCOMPARE(bench.two->asked.size(), std::size_t(1));
        QVERIFY(!bench.announcer->status().at(0).problem.empty());
        QVERIFY(bench.announcer->status().at(1).problem.empty());
        bench.network.startNode("one");
        bench.pass(10min);
        QCOMPARE(bench.one->asked.size(), std::size_t(1));
        QVERIFY(bench.announcer->status().at(0).problem.empty());
    }
    void refusalsMakeNoStorm_data()
    {
        QTest::addColumn<int>("status");
        for (const int status : {400, 403, 409, 429, 500, 507})
            QTest::addRow("%d", status) << status;
    }
    void refusalsMakeNoStorm()
    {
        QFETCH(int, status);
        Bench bench;
        bench.one->answer = test::says(static_cast<unsigned>(status), toBytes("no"));
        bench.tellBoth();
        bench.pass(24h);
        // Six an hour, and a few more while the pauses grow and when a new record is there.
        QVERIFY2(bench.one->asked.size() < 170, std::to_string(bench.one->asked.size()).c_str());
        QVERIFY(bench.one->asked.size() > 100);
        QCOMPARE(bench.two->asked.size(), std::size_t(3));
    }
    void aServerThatLostItsNumberGoesBeyondWhatIsKnown()
    {
        Bench bench;
        const std::uint64_t known = gossip::nextSequence(0, test::kTestTime + 24h * 300);
        bench.one->answer = test::says(409, gossip::encodeRecord(*testAnnouncement(1, known)));
        bench.tellBoth();
        bench.pass(1s);
        bench.one->answer = test::says(200, Bytes());
        bench.pass(1min);
        QVERIFY(bench.last > known);
        QVERIFY(bench.announcer->status().at(0).lastGood.has_value());
        QVERIFY(bench.two->asked.size() <= 2);
    }
    void oneThatAlwaysKnowsBetterMakesNoStorm()
    {
        Bench bench;
        // Records that this key has signed some day, the one after the other.
        std::uint64_t known = gossip::nextSequence(0, test::kTestTime + 24h);
        bench.one->answer = test::saysEachTime(
            409, [&known] { return gossip::encodeRecord(*testAnnouncement(1, known += 1000)); });
        bench.tellBoth();
        bench.pass(24h);
        QVERIFY2(bench.one->asked.size() < 400, std::to_string(bench.one->asked.size()).c_str());
        QVERIFY2(bench.two->asked.size() < 400, std::to_string(bench.two->asked.size()).c_str());
    }
    void numbersRiseWhateverTheClockDoes()
    {
        Bench bench;
        bench.tellBoth();
        bench.pass(1min);
        for (const Duration jump : {Duration(-24h * 3650), Duration(24h * 3650), Duration(-24h)}) {
            bench.engine.clock().jumpWall(jump);
            bench.engine.onEngine([&] { bench.announcer->renew(); });
            bench.pass(1min);
        }
        QCOMPARE(bench.made.size(), std::size_t(4));
        QVERIFY(std::is_sorted(bench.made.begin(), bench.made.end(), std::less_equal<>()));
        QCOMPARE(bench.one->asked.size(), std::size_t(4));
        // Pauses are not the wall clock's matter.
        bench.pass(24h);
        QCOMPARE(bench.one->asked.size(), std::size_t(6));
    }
    void silentOnesAreLeftWhenTheListChanges()
    {
        Bench bench;
        bench.one->answer = bench.two->answer = test::staysSilent(bench.engine.clock());
        bench.tellBoth();
        bench.pass(5s);
        QCOMPARE(bench.one->asked.size(), std::size_t(1));
        bench.one->answer = bench.two->answer = test::says(200, Bytes());
        bench.engine.onEngine([&] { bench.tellBoth(); });
        bench.pass(5s);
        QCOMPARE(bench.one->asked.size(), std::size_t(2));
        QCOMPARE(bench.announcer->status().size(), std::size_t(2));
        QVERIFY(bench.announcer->status().at(0).lastGood.has_value());
    }
};

QTEST_GUILESS_MAIN(TestAnnouncer)
#include "test_announcer.moc"
