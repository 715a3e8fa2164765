// An introducer without a network: announcements, subscribers, restarts, expiry.
#include "core/node/record_file.h"
#include "introducer/introducer.h"
#include "introducer/introducer_api.h"
#include "introducer/introducer_metrics.h"
#include "tests/support/engine.h"
#include "tests/support/seeded_random.h"
#include "tests/support/signed_records.h"

#include <QtCore/QFile>
#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

using namespace tarn;
using introducer::Announced;
using introducer::Introducer;
using test::testAnnouncement;
using test::testKey;

namespace {

struct Bench
{
    explicit Bench(const QString& file) : path(file.toStdString()) { begin(); }
    ~Bench() { end(); }
    void begin()
    {
        const introducer::IntroducerParts parts{engine.executor(), engine.clock(), random, *pool,
                                                *pool};
        one = std::make_unique<Introducer>(parts, key, path);
        loaded = one->loadBlocking();
        one->start();
        engine.settle();
    }
    void end()
    {
        if (one == nullptr) return;
        one->endWaiting();
        engine.run(finish(*one));
        one.reset();
        engine.settle();
    }
    static asio::awaitable<bool> finish(Introducer& introducer)
    {
        co_await introducer.stop();
        co_return true;
    }
    Result<Announced> announce(const gossip::RecordPtr& record)
    {
        return engine.run(one->announce(gossip::encodeRecord(*record)))
            .value_or(Result<Announced>());
    }
    gossip::RecordArchive subscribe(const std::string& cursor, Duration wait)
    {
        return engine.run(one->subscribe(cursor, wait)).value_or(gossip::RecordArchive());
    }

    std::string path;
    test::Engine engine;
    test::SeededRandom random{1};
    std::unique_ptr<WorkPool> pool = makeInlinePool();
    crypto::Ed25519Key key = testKey(1000);
    Result<void> loaded;
    std::unique_ptr<Introducer> one;
};

} // namespace

class TestIntroducer final : public QObject
{
    Q_OBJECT

    QTemporaryDir m_folder;
    int m_count = 0;

    QString file() { return m_folder.filePath(QString::number(++m_count)); }

private Q_SLOTS:
    void anAnnouncementIsOnDiskWhenItIsAnswered()
    {
        Bench bench(file());
        const Result<Announced> done = bench.announce(testAnnouncement(1));
        QVERIFY(done);
        QCOMPARE(done->verdict.outcome, gossip::Acceptance::Added);
        const Result<gossip::RecordArchive> kept = node::readRecordsBlocking(bench.path);
        QVERIFY(kept);
        QCOMPARE(kept->records.size(), std::size_t(1));
    }
    void aRestartLosesNothing()
    {
        Bench bench(file());
        for (std::uint32_t i = 1; i <= 5; ++i)
            QVERIFY(bench.announce(testAnnouncement(i)));
        bench.end();
        bench.begin();
        QVERIFY(bench.loaded);
        QCOMPARE(bench.one->records().size(), std::size_t(5));
        QCOMPARE(bench.subscribe("", Duration(0)).records.size(), std::size_t(5));
    }
    void itsNumbersAreTold()
    {
        Bench bench(file());
        QVERIFY(bench.announce(testAnnouncement(1)));
        QVERIFY(bench.announce(testAnnouncement(2)));
        static_cast<void>(bench.engine.run(bench.one->announce(toBytes("hello"))));
        static_cast<void>(bench.subscribe("", Duration(0)));
        introducer::ApiCounts requests;
        requests.requests.add("announce", 200);
        requests.latencies["announce"].add(std::chrono::milliseconds(5));
        requests.bytesSent = 77;
        const introducer::ConnectionFigures connections{{5, 9, 2, 1}, {3, 8, 4}};
        const std::string text = introducer::metricsText(*bench.one, requests, connections);
        for (const char* line :
             {"tarn_introducer_requests_total{endpoint=\"announce\",code=\"200\"} 1\n",
              "tarn_introducer_healthy 1\n", "tarn_introducer_records 2\n",
              "tarn_introducer_servers 2\n", "tarn_introducer_connections 5\n",
              "tarn_introducer_connections_accepted_total 9\n",
              "tarn_introducer_outgoing_connections 3\n",
              "tarn_introducer_outgoing_connections_opened_total 8\n",
              "tarn_introducer_outgoing_connections_failed_total 4\n",
              "tarn_introducer_request_seconds_count{endpoint=\"announce\"} 1\n",
              "tarn_introducer_sent_bytes_total 77\n",
              "tarn_introducer_announcements_total{outcome=\"accepted\"} 2\n",
              "tarn_introducer_announcements_total{outcome=\"refused\"} 1\n",
              "tarn_introducer_subscriptions_total 1\n", "tarn_introducer_peers 0\n"})
            QVERIFY2(text.find(line) != std::string::npos, (line + text).c_str());
        QVERIFY(text.ends_with("# EOF\n"));
    }
    void anOlderOneIsToldTheNewer()
    {
        Bench bench(file());
        QVERIFY(bench.announce(testAnnouncement(1, 7)));
        const Result<Announced> done = bench.announce(testAnnouncement(1, 3));
        QVERIFY(done);
        QCOMPARE(done->verdict.outcome, gossip::Acceptance::Older);
        QCOMPARE(done->newer->content().sequence, std::uint64_t(7));
    }
    void whatIsNoRecordIsRefused()
    {
        Bench bench(file());
        const auto out = bench.engine.run(bench.one->announce(toBytes("hello")));
        QVERIFY(out && !*out);
        QCOMPARE(bench.one->records().size(), std::size_t(0));
    }
    void onlyListedKeysAnnounce()
    {
        Bench bench(file());
        QVERIFY(bench.announce(testAnnouncement(1)));
        bench.one->setAllowed({testKey(2).publicKey()});
        QCOMPARE(bench.one->records().size(), std::size_t(0));
        QCOMPARE(bench.announce(testAnnouncement(1))->verdict.outcome, gossip::Acceptance::Refused);
        QCOMPARE(bench.announce(testAnnouncement(2))->verdict.outcome, gossip::Acceptance::Added);
        QCOMPARE(bench.subscribe("", Duration(0)).records.size(), std::size_t(1));
    }
    void subscribersWaitForNews()
    {
        Bench bench(file());
        const gossip::RecordArchive none = bench.subscribe("", std::chrono::seconds(40));
        QVERIFY(none.records.empty());
        QVERIFY(!none.cursor.empty());
        bool told = false;
        gossip::RecordArchive news;
        bench.engine.onEngine([&] {
            asio::co_spawn(bench.engine.context(),
                           bench.one->subscribe(none.cursor, std::chrono::seconds(40)),
                           [&](const std::exception_ptr&, gossip::RecordArchive archive) {
                               told = true;
                               news = std::move(archive);
                           });
        });
        QVERIFY(!told);
        QVERIFY(bench.announce(testAnnouncement(4)));
        bench.engine.settle();
        QVERIFY(told);
        QCOMPARE(news.records.size(), std::size_t(1));
    }
    void recordsExpire()
    {
        Bench bench(file());
        QVERIFY(bench.announce(testAnnouncement(1)));
        bench.engine.clock().jumpWall(std::chrono::hours(49));
        bench.engine.run(bench.one->subscribe("x", Duration(0)));
        bench.subscribe(bench.subscribe("", Duration(0)).cursor, std::chrono::seconds(5));
        QCOMPARE(bench.one->records().size(), std::size_t(0));
        QVERIFY(bench.subscribe("", Duration(0)).records.empty());
    }
    void aBrokenFileStopsTheStart()
    {
        const QString path = file();
        QFile broken(path);
        QVERIFY(broken.open(QFile::WriteOnly));
        broken.write("no archive");
        broken.close();
        Bench bench(path);
        QVERIFY(!bench.loaded);
    }
    void aDiskThatFailsIsSaid()
    {
        Bench bench(m_folder.filePath("missing/records"));
        const Result<Announced> done = bench.announce(testAnnouncement(1));
        QVERIFY(!done);
        QVERIFY(!bench.one->diskProblem().empty());
    }
    void subscribersAreListedAndBounded()
    {
        Bench bench(file());
        for (int i = 0; i < 5000; ++i)
            bench.one->noteSubscriber(std::to_string(i), "192.0.2.1", "x");
        QCOMPARE(bench.one->subscribers().size(), std::size_t(4096));
        bench.engine.clock().jumpWall(std::chrono::hours(25));
        bench.subscribe(bench.subscribe("", Duration(0)).cursor, std::chrono::seconds(5));
        QVERIFY(bench.one->subscribers().empty());
    }
    void strangersDoNotGossip()
    {
        Bench bench(file());
        const auto out = bench.engine.run(bench.one->sync(testKey(5).publicKey(), Bytes()));
        QVERIFY(out && !*out);
        QCOMPARE(out->error().code(), ErrorCode::Unauthorized);
    }
    void serversAreExported()
    {
        QCOMPARE(introducer::serversYamlOf({}), std::string("storage: {}\n"));
        const std::string yaml =
            introducer::serversYamlOf({testAnnouncement(1), testAnnouncement(2)});
        QVERIFY(yaml.starts_with("storage:\n  \"v0-"));
        QVERIFY(yaml.find("server 1") != std::string::npos);
        QVERIFY(yaml.find("server 2") != std::string::npos);
        QVERIFY(yaml.find("anonymous-storage-NURLs: []") != std::string::npos);
    }
    void aWithdrawnServerIsNoneAnyMore()
    {
        Bench bench(file());
        QVERIFY(bench.announce(testAnnouncement(1)));
        const auto gone = gossip::signAnnouncement(
            testKey(1), gossip::withdrawalOf(test::testServer(1)), 2, test::kTestTime);
        QVERIFY(gone);
        QCOMPARE(bench.announce(*gone)->verdict.outcome, gossip::Acceptance::Replaced);
        // Subscribers have to hear of it.
        QCOMPARE(bench.subscribe("", Duration(0)).records.size(), std::size_t(1));
        QCOMPARE(introducer::serversYamlOf(bench.one->records().all()),
                 std::string("storage: {}\n"));
        const std::string text = introducer::metricsText(*bench.one, {}, {});
        QVERIFY(text.find("tarn_introducer_servers 0\n") != std::string::npos);
        QCOMPARE(bench.announce(testAnnouncement(1))->verdict.outcome, gossip::Acceptance::Older);
    }
};

QTEST_GUILESS_MAIN(TestIntroducer)
#include "test_introducer.moc"
