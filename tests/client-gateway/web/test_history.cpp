#include "client-gateway/web/event_texts.h"
#include "client-gateway/web/status_texts.h"
#include "tests/support/fake_clock.h"

#include <nlohmann/json.hpp>

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::gateway;
using namespace tarn::gateway::web;
using nlohmann::json;
using std::chrono::milliseconds;

namespace {

TransferStart startOf(TransferKind kind, std::optional<std::uint64_t> size = std::nullopt)
{
    TransferStart start;
    start.kind = kind;
    start.size = size;
    return start;
}

bool holds(const std::string& text, std::string_view part)
{
    return text.find(part) != std::string::npos;
}

/// A download of bytes 100 to 120 from two servers, the second of which fails once.
struct Downloaded
{
    Downloaded()
    {
        auto recording = std::make_unique<Recording>(history, startOf(TransferKind::Download, 20));
        recording->transfer().firstByte = 100;
        DownloadStatus status;
        status.log = log;
        recording->take(status);
        RequestNote query(log, RequestKind::Query, "v0-server-a");
        RequestNote other(log, RequestKind::Query, "v0-server-b");
        clock.advance(milliseconds(10));
        query.found({ShareNumber{2}});
        other.failed("Timeout");
        SegmentWork work;
        work.first = 1;
        work.count = 2;
        work.segmentSize = 64;
        work.bytes = ByteRange{64, 180};
        {
            SegmentNote segments(log, work);
            RequestNote read(log, RequestKind::Read, "v0-server-a", {ShareNumber{2}}, {5, 15});
            RequestNote again(log, RequestKind::Read, "v0-server-a", {ShareNumber{2}}, {15, 25});
            clock.advance(milliseconds(5));
            read.answered(10);
            again.failed("cut");
            const TimePoint begun = clock.now();
            clock.advance(milliseconds(2));
            segments.decoded(begun);
            segments.succeeded();
        }
        const TimePoint begun = clock.now();
        clock.advance(milliseconds(1));
        log->computed("AES", begun);
        const TimePoint waiting = clock.now();
        clock.advance(milliseconds(7));
        recording->delivered(20, waiting);
        running = history.active().at(0);
        recording->succeed();
        recording.reset();
    }

    test::FakeClock clock;
    History history{clock};
    TransferLogPtr log = std::make_shared<TransferLog>(clock);
    std::shared_ptr<const Transfer> running;
};

} // namespace

class TestHistory final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void endsAreCounted()
    {
        test::FakeClock clock;
        History history(clock);
        for (const TransferKind kind :
             {TransferKind::Upload, TransferKind::Download, TransferKind::Publish,
              TransferKind::Retrieve, TransferKind::MapUpdate}) {
            for (const bool good : {true, false}) {
                Recording recording(history, startOf(kind));
                recording.moved(3);
                if (good) recording.succeed();
                if (!good) recording.fail(Error(ErrorCode::Timeout, "late"));
            }
        }
        const Counters& counters = history.counters;
        QCOMPARE(counters.filesUploaded, std::uint64_t{1});
        QCOMPARE(counters.bytesUploaded, std::uint64_t{3});
        QCOMPARE(counters.filesDownloaded, std::uint64_t{1});
        QCOMPARE(counters.bytesDownloaded, std::uint64_t{6});
        QCOMPARE(counters.filesPublished, std::uint64_t{1});
        QCOMPARE(counters.bytesPublished, std::uint64_t{3});
        QCOMPARE(counters.filesRetrieved, std::uint64_t{1});
        QCOMPARE(counters.bytesRetrieved, std::uint64_t{6});
        QCOMPARE(history.find("down-2")->status, std::string("Failed: Timeout"));
        {
            const Recording abandoned(history, startOf(TransferKind::Upload));
            QCOMPARE(history.active().size(), std::size_t{1});
        }
        QCOMPARE(history.find("up-3")->status, std::string("Cancelled"));
    }
    void anUploadTellsHowFarItIs()
    {
        test::FakeClock clock;
        History history(clock);
        UploadStatus status;
        EncodingParameters encoding;
        encoding.needed = 2;
        encoding.total = 4;
        Recording recording(history, startOf(TransferKind::Upload, 1000));
        recording.follow(status, encoding);
        recording.moved(500);
        const auto told = [&history] { return json::parse(transfersJson(history))["active"][0]; };
        QCOMPARE(told()["progress-hash"].get<double>(), 0.5);
        QCOMPARE(told()["progress-encode-push"].get<double>(), 0.0);
        QVERIFY(told()["status"] == "Receiving");
        recording.moved(500);
        status.phase = UploadPhase::Locating;
        QVERIFY(told()["status"] == "Locating servers");
        status.phase = UploadPhase::Pushing;
        status.pushed = 1500;
        QVERIFY(told()["status"] == "Pushing shares");
        QCOMPARE(told()["progress-encode-push"].get<double>(), 0.75);
        status.pushed = 5000;
        QCOMPARE(told()["progress-encode-push"].get<double>(), 1.0);
    }
    void anUploadTellsItsRequestsWhileItRuns()
    {
        test::FakeClock clock;
        History history(clock);
        UploadStatus status;
        Recording recording(history, startOf(TransferKind::Upload, 1000));
        recording.follow(status, EncodingParameters());
        RequestNote room(status.log, RequestKind::Allocate, "v0-server-a", {ShareNumber{1}},
                         ByteRange{0, 400});
        RequestNote other(status.log, RequestKind::Allocate, "v0-server-b", {ShareNumber{2}},
                          ByteRange{0, 400});
        room.found({ShareNumber{1}});
        other.found({});
        RequestNote write(status.log, RequestKind::Write, "v0-server-a", {ShareNumber{1}},
                          ByteRange{0, 400});
        RequestNote abort(status.log, RequestKind::Abort, "v0-server-b", {ShareNumber{2}});
        abort.answered(0);
        const auto transfer = history.find("up-1");
        const json requests = json::parse(transferJson(*transfer))["requests"];
        QCOMPARE(requests.size(), std::size_t{4});
        QVERIFY(requests[0]["kind"] == "allocate" && requests[0]["length"] == 400);
        QVERIFY(requests[1]["shares"].empty());
        QVERIFY(requests[2]["kind"] == "write" && requests[2]["finished"].is_null());
        const std::string page = transferPage(*transfer);
        for (const char* part : {"takes them", "takes none", "waiting", "dropped"})
            QVERIFY2(holds(page, part), part);
    }
    void eventsAreThoseOfTheReference()
    {
        const Downloaded done;
        const auto transfer = done.history.find("down-1");
        QVERIFY(transfer != nullptr && transfer->took.has_value());
        const json events = json::parse(eventsJson(*transfer));
        for (const char* name : {"misc", "read", "segment", "dyhb", "block", "block_rownums",
                                 "server_info", "num_serverids", "serverids", "bounds"})
            QVERIFY2(events.contains(name), name);
        const double begin = events["bounds"]["min"];
        QVERIFY(std::abs(events["bounds"]["max"].get<double>() - begin - 0.025) < 1e-6);
        const json& read = events["read"].at(0);
        QCOMPARE(read["start"].get<int>(), 100);
        QCOMPARE(read["length"].get<int>(), 20);
        QCOMPARE(read["bytes_returned"].get<int>(), 20);
        QCOMPARE(read["decrypt_time"].get<double>(), 0.001);
        QCOMPARE(read["paused_time"].get<double>(), 0.007);
        QCOMPARE(events["dyhb"].size(), std::size_t{2});
        QVERIFY(events["dyhb"][0]["response_shnums"] == json::array({2}));
        QVERIFY(events["dyhb"][1]["success"] == false);
        QVERIFY(events["dyhb"][1]["response_shnums"].is_null());
        QVERIFY(events["dyhb"][1]["row"] == 1);
        const json& block = events["block"].at(0);
        QCOMPARE(block["shnum"].get<int>(), 2);
        QCOMPARE(block["start"].get<int>(), 5);
        QCOMPARE(block["length"].get<int>(), 10);
        QCOMPARE(block["response_length"].get<int>(), 10);
        QVERIFY(block["row"] == json::array({0, 0}));
        QVERIFY(events["block"][1]["row"] == json::array({0, 1}));
        QVERIFY(events["block"][1]["response_length"].is_null());
        QVERIFY(events["block_rownums"] == json::array({2}));
        QCOMPARE(events["segment"].size(), std::size_t{2});
        QCOMPARE(events["segment"][1]["segment_number"].get<int>(), 2);
        QCOMPARE(events["segment"][1]["segment_start"].get<int>(), 128);
        QCOMPARE(events["segment"][1]["segment_length"].get<int>(), 52);
        QCOMPARE(events["misc"].size(), std::size_t{2});
        QCOMPARE(events["num_serverids"].get<int>(), 2);
        QVERIFY(events["serverids"]["1"] == "v0-serve");
        const json& server = events["server_info"]["v0-server-b"];
        QVERIFY(server["num"] == 1 && server["color"].get<std::string>().size() == 7);
    }
    void pagesShowRequestsOnceTheyAreSent()
    {
        const Downloaded done;
        const auto transfer = done.history.find("down-1");
        const std::string page = transferPage(*transfer);
        for (const char* part : {"<caption>Requests</caption>", "<caption>Segments</caption>",
                                 "event_json", "10.0 ms", "Timeout", "1 to 2", "10 bytes"})
            QVERIFY2(holds(page, part), part);
        const json text = json::parse(transferJson(*transfer));
        QCOMPARE(text["requests"].size(), std::size_t{4});
        QVERIFY(text["requests"][1]["failure"] == "Timeout");
        QVERIFY(text["forgotten-requests"] == 0);
        QVERIFY(text["requests"][3]["nodeid"] == "v0-server-a");
        QCOMPARE(done.running->log->requests.kept().size(), std::size_t{4});
    }
    void hostileWordsStayText()
    {
        test::FakeClock clock;
        History history(clock);
        const auto log = std::make_shared<TransferLog>(clock);
        {
            TransferStart start = startOf(TransferKind::Publish);
            start.log = log;
            Recording recording(history, std::move(start));
            RequestNote(log, RequestKind::Write, "<b>\xff").failed("<script>\xfe");
            recording.tell("<i>", "<script>\xfd");
        }
        const auto transfer = history.find("publish-1");
        const std::string page = transferPage(*transfer);
        QVERIFY(!holds(page, "<script") && !holds(page, "<b>") && !holds(page, "<i>"));
        QVERIFY(json::accept(transferJson(*transfer)));
    }
    void whatHasNoRequestsHasEmptyEvents()
    {
        test::FakeClock clock;
        History history(clock);
        const Recording recording(history, startOf(TransferKind::Download, 5));
        const json events = json::parse(eventsJson(*history.find("down-1")));
        QVERIFY(events["block"].empty() && events["dyhb"].empty());
        QVERIFY(events["bounds"]["max"].is_null());
        QVERIFY(events["read"][0]["finish_time"].is_null());
    }
};

QTEST_GUILESS_MAIN(TestHistory)
#include "test_history.moc"
