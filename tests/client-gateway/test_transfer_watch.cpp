// What the history tells of the transfers of a grid: each map update, publish and retrieve with its
// servers and requests, and the requests of a download.
#include "client-gateway/web/history.h"
#include "tests/client-gateway/mutable_bench.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::gateway;
using namespace tarn::gateway::web;
using cap::MutableFormat;

namespace {

struct Bench : test::MutableBench
{
    explicit Bench(EncodingParameters encoding = test::encodingOf(3, 10))
        : MutableBench(10, encoding)
    {
        grid->setWatcher(&history);
    }
    ~Bench() { grid->setWatcher(nullptr); }

    History history{clock};
};

std::size_t requestsOf(const Transfer& transfer, RequestKind kind)
{
    const auto& kept = transfer.log->requests.kept();
    return static_cast<std::size_t>(
        std::count_if(kept.begin(), kept.end(), [kind](const ServerRequest& request) {
            return request.kind == kind && request.succeeded();
        }));
}

bool hasTiming(const Transfer& transfer, std::string_view name)
{
    return std::any_of(transfer.timings.begin(), transfer.timings.end(),
                       [name](const auto& timing) { return timing.first == name; });
}

} // namespace

class TestTransferWatch final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void aPublishTellsWhatEachServerTook()
    {
        Bench bench;
        bench.servers[2]->store->setPlan(
            [](test::StoreCall, std::uint64_t) { return test::failing(ErrorCode::Timeout); });
        const auto made = bench.create(asBytes("hello"), MutableFormat::Sdmf);
        QVERIFY(made);
        const auto publish = bench.history.find("publish-1");
        QVERIFY(publish != nullptr && !publish->active());
        QCOMPARE(publish->status, std::string("Finished"));
        QCOMPARE(publish->encoding, std::string("3 of 10"));
        QCOMPARE(*publish->size, std::uint64_t{5});
        QVERIFY(hasTiming(*publish, "encode") && hasTiming(*publish, "push"));
        QVERIFY(publish->servers.size() >= 10);
        bool failed = false;
        for (const ServerEvent& event : publish->servers) {
            if (event.serverId == bench.servers[2]->server->id) failed = true;
            const bool tells = event.text.find("written") != std::string::npos ||
                               event.serverId == bench.servers[2]->server->id;
            QVERIFY2(tells, event.text.c_str());
        }
        QVERIFY(failed);
        QCOMPARE(requestsOf(*publish, RequestKind::Write), std::size_t{10});
        QCOMPARE(bench.history.counters.filesPublished, std::uint64_t{1});
        QCOMPARE(bench.history.counters.bytesPublished, std::uint64_t{5});
    }
    void aReadIsAMapUpdateAndARetrieve()
    {
        for (const MutableFormat format : {MutableFormat::Sdmf, MutableFormat::Mdmf}) {
            Bench bench;
            const auto made = bench.create(test::plaintext(200'000), format);
            QVERIFY(made && bench.readBack(*made));
            const auto update = bench.history.find("mapupdate-1");
            QVERIFY(update != nullptr);
            QCOMPARE(update->mode, std::string("MODE_READ"));
            QCOMPARE(update->encoding, std::string("3 of 10"));
            QVERIFY(hasTiming(*update, "verify"));
            QVERIFY(requestsOf(*update, RequestKind::Query) >= 3);
            QVERIFY(requestsOf(*update, RequestKind::Read) >= 3);
            QVERIFY(update->servers.size() >= 3);
            QVERIFY(update->servers[0].text.find("sequence 1") != std::string::npos);
            const auto retrieve = bench.history.find("retrieve-1");
            QVERIFY(retrieve != nullptr && retrieve->status == "Finished");
            QCOMPARE(*retrieve->size, std::uint64_t{200'000});
            QVERIFY(hasTiming(*retrieve, "first byte"));
            QVERIFY(requestsOf(*retrieve, RequestKind::Read) >= 3);
            QVERIFY(!retrieve->log->segments.kept().empty());
            QCOMPARE(bench.history.counters.filesRetrieved, std::uint64_t{1});
            QCOMPARE(bench.history.counters.bytesRetrieved, std::uint64_t{200'000});
        }
    }
    void editsAndUpdatesAreTold()
    {
        Bench bench;
        const auto made = bench.create(test::plaintext(400'000), MutableFormat::Mdmf);
        QVERIFY(made);
        QVERIFY(bench.update(*made, 10, asBytes("patch")));
        const auto inPlace = bench.history.find("publish-2");
        QVERIFY(inPlace != nullptr && inPlace->status == "Finished");
        QCOMPARE(inPlace->moved, std::uint64_t{5});
        QCOMPARE(bench.history.find("mapupdate-1")->mode, std::string("MODE_WRITE"));
        QVERIFY(bench.history.find("retrieve-1") == nullptr);
        QVERIFY(bench.overwrite(*made, asBytes("new")));
        QCOMPARE(*bench.history.find("publish-3")->size, std::uint64_t{3});
        static_cast<void>(bench.check(*made, true));
        QCOMPARE(bench.history.find("mapupdate-3")->mode, std::string("MODE_CHECK"));
        QVERIFY(bench.history.active().empty());
    }
    void failuresAreTold()
    {
        Bench bench;
        const auto made = bench.create(asBytes("hello"), MutableFormat::Sdmf);
        QVERIFY(made);
        for (std::uint32_t number = 0; number < 8; ++number)
            bench.lose(*made, number);
        QVERIFY(!bench.readBack(*made));
        QCOMPARE(bench.history.find("mapupdate-1")->status, std::string("Finished"));
        for (const auto& one : bench.servers)
            one->store->setPlan(
                [](test::StoreCall, std::uint64_t) { return test::failing(ErrorCode::NoSpace); });
        QVERIFY(!bench.create(asBytes("again"), MutableFormat::Sdmf));
        QCOMPARE(bench.history.find("publish-2")->status, std::string("Failed: Unhappy"));
        QCOMPARE(bench.history.counters.filesPublished, std::uint64_t{1});
    }
    void aDownloadTellsItsRequests()
    {
        EncodingParameters encoding = test::encodingOf(3, 10);
        encoding.segmentSize = 10'000;
        Bench bench(encoding);
        const Result<UploadResult> stored = bench.GridBench::put(test::plaintext(2'000'000));
        QVERIFY(stored);
        const auto download = bench.grid->open(stored->readCap);
        QVERIFY(download);
        const std::shared_ptr<const TransferLog> log = (*download)->status().log;
        QVERIFY(log != nullptr && log->requests.kept().empty());
        QVERIFY(bench.get(**download, ByteRange{0, 2'000'000}));
        std::uint64_t bytes = 0;
        std::uint64_t queries = 0;
        for (const ServerRequest& request : log->requests.kept()) {
            QVERIFY(request.finished.has_value());
            if (request.kind == RequestKind::Query) ++queries;
            if (request.kind != RequestKind::Read) continue;
            QCOMPARE(request.shares.size(), std::size_t{1});
            bytes += request.received;
        }
        QVERIFY(queries >= 3);
        QVERIFY(bytes >= 2'000'000);
        std::uint64_t segments = 0;
        for (const SegmentWork& work : log->segments.kept()) {
            QVERIFY(work.finished && !work.failed);
            QCOMPARE(work.bytes.begin, work.first * work.segmentSize);
            segments += work.count;
        }
        QCOMPARE(segments, std::uint64_t{200});
        QVERIFY(!log->computations.kept().empty());
    }
};

QTEST_GUILESS_MAIN(TestTransferWatch)
#include "test_transfer_watch.moc"
