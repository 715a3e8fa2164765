#include "client-gateway/transfer_log.h"
#include "tests/support/fake_clock.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::gateway;
using std::chrono::milliseconds;

class TestTransferLog final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void requestsHaveAnAnswerAFailureOrNeither()
    {
        test::FakeClock clock;
        const auto log = std::make_shared<TransferLog>(clock);
        const TimePoint begun = clock.now();
        {
            RequestNote query(log, RequestKind::Query, "v0-a");
            RequestNote read(log, RequestKind::Read, "v0-b", {ShareNumber{3}}, ByteRange{10, 30});
            RequestNote write(log, RequestKind::Write, "v0-c", {ShareNumber{4}}, ByteRange{0, 9});
            clock.advance(milliseconds(5));
            query.found({ShareNumber{1}, ShareNumber{2}});
            read.answered(20);
            clock.advance(milliseconds(5));
            read.failed("too late to fail");
            QVERIFY(!log->requests.kept()[2].finished);
            QVERIFY(!log->requests.kept()[2].succeeded());
        }
        RequestNote(log, RequestKind::Query, "v0-d").failed("Timeout");
        const auto& kept = log->requests.kept();
        QCOMPARE(kept.size(), std::size_t{4});
        QCOMPARE(kept[0].shares.size(), std::size_t{2});
        QVERIFY(kept[0].succeeded() && kept[1].succeeded());
        QVERIFY(*kept[1].finished == begun + milliseconds(5));
        QCOMPARE(kept[1].received, std::uint64_t{20});
        QCOMPARE(kept[1].range.size(), std::uint64_t{20});
        QCOMPARE(kept[2].failure, std::string("cancelled"));
        QCOMPARE(kept[3].failure, std::string("Timeout"));
    }
    void oldEntriesAreForgotten()
    {
        test::FakeClock clock;
        const auto log = std::make_shared<TransferLog>(clock);
        constexpr std::size_t kKept = NewestEntries<ServerRequest>::kKept;
        RequestNote first(log, RequestKind::Query, "first");
        for (std::size_t i = 0; i < kKept; ++i)
            RequestNote(log, RequestKind::Query, std::to_string(i)).answered(i);
        first.answered(1);
        QCOMPARE(log->requests.kept().size(), kKept);
        QCOMPARE(log->requests.forgotten(), std::uint64_t{1});
        QCOMPARE(log->requests.kept().front().serverId, std::string("0"));
        QCOMPARE(log->requests.kept().back().received, std::uint64_t{kKept - 1});
    }
    void segmentsTellTheirDecoding()
    {
        test::FakeClock clock;
        const auto log = std::make_shared<TransferLog>(clock);
        SegmentWork work;
        work.first = 7;
        work.count = 2;
        {
            SegmentNote good(log, work);
            const SegmentNote bad(log, work);
            for (int i = 0; i < 2; ++i) {
                const TimePoint begun = clock.now();
                clock.advance(milliseconds(3));
                good.decoded(begun);
            }
            good.succeeded();
        }
        const auto& kept = log->segments.kept();
        QVERIFY(kept[0].finished && !kept[0].failed && kept[1].failed);
        QVERIFY(kept[0].decoding == milliseconds(6));
        QCOMPARE(log->computations.kept().size(), std::size_t{2});
        QCOMPARE(log->computations.kept()[0].what, std::string("decode"));
    }
    void nobodyNeedsToListen()
    {
        RequestNote request(nullptr, RequestKind::Read, "v0-a");
        request.found({});
        request.answered(1);
        request.failed("x");
        SegmentNote segments(nullptr, {});
        segments.decoded({});
        segments.succeeded();
        QCOMPARE(std::string(nameOf(RequestKind::Query)), std::string("query"));
        QCOMPARE(std::string(nameOf(RequestKind::Read)), std::string("read"));
        QCOMPARE(std::string(nameOf(RequestKind::Write)), std::string("write"));
    }
};

QTEST_GUILESS_MAIN(TestTransferLog)
#include "test_transfer_log.moc"
