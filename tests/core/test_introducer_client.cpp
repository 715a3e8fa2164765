// What servers and gateways say to an introducer that answers right, wrong, slowly or not at all.
#include "core/node/introducer_client.h"
#include "tests/support/introducer_double.h"
#include "tests/support/signed_records.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace std::chrono_literals;
using gossip::RecordArchive;
using gossip::RecordPtr;
using test::testAnnouncement;

namespace {

struct Bench
{
    Bench()
        : network(engine.executor(), engine.clock(), 1), dialer(network.dialerFor("client")),
          pool(std::make_unique<net::ConnectionPool>(engine.executor(), *dialer,
                                                     net::TlsClientContext(), engine.clock())),
          introducer(std::make_unique<test::IntroducerDouble>(engine, network, "intro", 1))
    {
        use(introducer->url());
    }
    ~Bench()
    {
        client.reset();
        pool.reset();
        introducer.reset();
        engine.settle();
    }
    Bench(const Bench&) = delete;
    Bench& operator=(const Bench&) = delete;

    void use(const wire::IntroducerUrl& url)
    {
        client = std::make_unique<node::IntroducerClient>(*pool, *inlinePool, engine.clock(), url,
                                                          "tarn-test/1");
    }
    Result<RecordPtr> announce(const RecordPtr& record)
    {
        return engine.run(client->announce(record))
            .value_or(Error(ErrorCode::Internal, "never ended"));
    }
    Result<RecordArchive> subscribe(const std::string& cursor = "")
    {
        return engine.run(client->subscribe(cursor, "me", 40s))
            .value_or(Error(ErrorCode::Internal, "never ended"));
    }
    /// As a test that expects a refusal wants it.
    ErrorCode refusal(const RecordPtr& record = testAnnouncement(1))
    {
        const Result<RecordPtr> answer = announce(record);
        return answer ? ErrorCode::Internal : answer.error().code();
    }
    ErrorCode failure()
    {
        const Result<RecordArchive> answer = subscribe();
        return answer ? ErrorCode::Internal : answer.error().code();
    }

    test::Engine engine;
    test::SimNetwork network;
    std::unique_ptr<net::Dialer> dialer;
    std::unique_ptr<WorkPool> inlinePool = makeInlinePool();
    std::unique_ptr<net::ConnectionPool> pool;
    std::unique_ptr<test::IntroducerDouble> introducer;
    std::unique_ptr<node::IntroducerClient> client;
};

Bytes archiveOf(std::vector<RecordPtr> records)
{
    RecordArchive archive;
    archive.records = std::move(records);
    archive.cursor = "next";
    return gossip::encodeArchive(archive);
}

} // namespace

class TestIntroducerClient final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void announces()
    {
        Bench bench;
        bench.introducer->answer = test::says(200, Bytes());
        const Result<RecordPtr> answer = bench.announce(testAnnouncement(1));
        QVERIFY(answer && *answer == nullptr);
        QVERIFY(bench.client->status().problem.empty());
        QVERIFY(bench.client->status().lastGood == bench.engine.clock().wallNow());
        QCOMPARE(bench.introducer->paths.at(0), std::string("/gossip/v1/announce"));
    }
    void takesALaterRecordOfItsOwn()
    {
        Bench bench;
        bench.introducer->answer = test::says(409, gossip::encodeRecord(*testAnnouncement(1, 9)));
        const Result<RecordPtr> answer = bench.announce(testAnnouncement(1, 3));
        QVERIFY(answer && *answer != nullptr);
        QCOMPARE((*answer)->content().sequence, std::uint64_t(9));
    }
    void believesNoOtherLaterRecord_data()
    {
        QTest::addColumn<QByteArray>("body");
        const auto row = [](const char* name, const Bytes& bytes) {
            QTest::newRow(name) << QByteArray(reinterpret_cast<const char*>(bytes.data()),
                                              static_cast<qsizetype>(bytes.size()));
        };
        row("an older one", gossip::encodeRecord(*testAnnouncement(1, 2)));
        row("the same", gossip::encodeRecord(*testAnnouncement(1, 3)));
        row("another server's", gossip::encodeRecord(*testAnnouncement(2, 9)));
        row("none", Bytes());
        row("garbage", toBytes("later than yours, believe me"));
        Bytes forged = gossip::encodeRecord(*testAnnouncement(1, 9));
        forged.back() ^= std::byte{1};
        row("a forged one", forged);
    }
    void believesNoOtherLaterRecord()
    {
        QFETCH(QByteArray, body);
        Bench bench;
        bench.introducer->answer = test::says(
            409,
            toBytes(std::string_view(body.constData(), static_cast<std::size_t>(body.size()))));
        QCOMPARE(bench.refusal(testAnnouncement(1, 3)), ErrorCode::PeerMisbehaved);
    }
    void tellsRefusalsApart()
    {
        Bench bench;
        const std::pair<unsigned, ErrorCode> expected[] = {
            {400, ErrorCode::InvalidInput},  {403, ErrorCode::Unauthorized},
            {429, ErrorCode::Timeout},       {500, ErrorCode::PeerMisbehaved},
            {503, ErrorCode::Timeout},       {507, ErrorCode::NoSpace},
            {302, ErrorCode::PeerMisbehaved}};
        for (const auto& [status, code] : expected) {
            bench.introducer->answer = test::says(status, Bytes());
            QCOMPARE(bench.refusal(), code);
        }
        QVERIFY(!bench.client->status().lastGood);
    }
    void aReasonIsOneShortLine()
    {
        Bench bench;
        bench.introducer->answer = test::says(
            403, toBytes("no\nerror main: you are broken\x1b[31m" + std::string(9000, 'x')));
        QCOMPARE(bench.refusal(), ErrorCode::Unauthorized);
        const std::string& problem = bench.client->status().problem;
        QVERIFY(problem.size() < 300);
        QVERIFY(std::all_of(problem.begin(), problem.end(),
                            [](char c) { return c >= ' ' && c < 0x7f; }));
    }
    void subscribes()
    {
        Bench bench;
        bench.introducer->answer =
            test::says(200, archiveOf({testAnnouncement(1), testAnnouncement(2)}));
        const Result<RecordArchive> answer = bench.subscribe("a&b=c");
        QVERIFY(answer);
        QCOMPARE(answer->records.size(), std::size_t(2));
        QCOMPARE(answer->cursor, std::string("next"));
        QCOMPARE(bench.introducer->paths.at(0),
                 std::string("/gossip/v1/subscribe?id=me&cursor=a%26b%3Dc&wait=40"));
    }
    void wrongSignaturesAreLeftOut()
    {
        Bench bench;
        Bytes archive = archiveOf({testAnnouncement(1), testAnnouncement(2)});
        archive[archive.size() / 4] ^= std::byte{1};
        bench.introducer->answer = test::says(200, archive);
        const Result<RecordArchive> answer = bench.subscribe();
        if (answer) QVERIFY(answer->records.size() < 2);
    }
    void whatIsNoArchiveIsRefused()
    {
        Bench bench;
        bench.introducer->answer = test::says(200, toBytes("<html>welcome to this cafe</html>"));
        QCOMPARE(bench.failure(), ErrorCode::PeerMisbehaved);
        QVERIFY(!bench.client->status().problem.empty());
    }
    void anEndlessAnswerIsCutOff()
    {
        Bench bench;
        bench.introducer->answer = test::neverEnds(bench.engine.clock(), 65536, Duration(0));
        QCOMPARE(bench.failure(), ErrorCode::PeerMisbehaved);
        QCOMPARE(bench.refusal(), ErrorCode::PeerMisbehaved);
        QVERIFY(bench.network.bytesCarried() < 6U << 20U);
    }
    void aByteASecondIsNotWaitedForLong()
    {
        Bench bench;
        bench.introducer->answer = test::neverEnds(bench.engine.clock(), 1, 1s);
        const TimePoint begun = bench.engine.clock().now();
        QCOMPARE(bench.failure(), ErrorCode::Timeout);
        QVERIFY(bench.engine.clock().now() - begun < 3min);
    }
    void silenceIsNotWaitedForLong()
    {
        Bench bench;
        bench.introducer->answer = test::staysSilent(bench.engine.clock());
        const TimePoint begun = bench.engine.clock().now();
        QCOMPARE(bench.failure(), ErrorCode::Timeout);
        QVERIFY(bench.engine.clock().now() - begun < 3min);
    }
    void anotherKeyIsToldNothing()
    {
        Bench bench;
        test::IntroducerDouble impostor(bench.engine, bench.network, "impostor", 2);
        impostor.answer = test::says(200, Bytes());
        wire::IntroducerUrl url = bench.introducer->url();
        url.host = impostor.url().host;
        bench.use(url);
        QCOMPARE(bench.refusal(), ErrorCode::PeerMisbehaved);
        QVERIFY(impostor.asked.empty());
        bench.pool.reset();
    }
    void theWayThereMayBeGone()
    {
        Bench bench;
        bench.network.stopNode("intro");
        QCOMPARE(bench.failure(), ErrorCode::PeerUnreachable);
        QVERIFY(!bench.client->status().problem.empty());
    }
};

QTEST_GUILESS_MAIN(TestIntroducerClient)
#include "test_introducer_client.moc"
