#include "client-gateway/upload/share_pieces.h"
#include "core/cap/parse.h"
#include "tests/client-gateway/grid_bench.h"
#include "tests/support/property.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::gateway;
using test::GridBench;

namespace {

class FailingSource final : public UploadSource
{
public:
    asio::awaitable<Result<std::size_t>> read(MutableByteView into) override
    {
        if (m_reads++ == 3) co_return Error(ErrorCode::PeerUnreachable, "the client went away");
        std::fill(into.begin(), into.end(), std::byte{7});
        co_return into.size();
    }

private:
    int m_reads = 0;
};

} // namespace

class TestUpload final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void tenServersGetAShareEach()
    {
        GridBench bench;
        const Bytes plain = test::plaintext(100'000);
        const Result<UploadResult> result = bench.put(plain);
        QVERIFY2(result, result ? "" : result.error().text().c_str());
        QCOMPARE(result->size, std::uint64_t(plain.size()));
        QCOMPARE(result->pushedShares, 10U);
        QCOMPARE(result->preexistingShares, 0U);
        QCOMPARE(result->happiness, 10U);
        QCOMPARE(result->shareMap.size(), std::size_t(10));
        for (const auto& one : bench.servers)
            QCOMPARE(one->memory->shareCount(), std::size_t(1));
        QCOMPARE(bench.uploadsOpen(), std::size_t(0));
        QCOMPARE(bench.status.phase, UploadPhase::Done);
        const Result<Bytes> back = bench.get(result->readCap);
        QVERIFY2(back, back ? "" : back.error().text().c_str());
        QVERIFY(*back == plain);
    }

    void knownAnswers_data()
    {
        QTest::addColumn<unsigned>("needed");
        QTest::addColumn<unsigned>("total");
        QTest::addColumn<int>("segment");
        QTest::addColumn<QString>("cap");
        QTest::newRow("2-of-3, 64")
            << 2U << 3U << 64
            << "URI:CHK:3nuwjpgy7qfvoak6grdifadmli:"
               "af2ashclsodt34wk5wux6tnos3qvzjty7aful7jpdxuncbswh26q:2:3:200";
        QTest::newRow("1-of-1") << 1U << 1U << 1048576
                                << "URI:CHK:26hqjmtgjssggnwobbhkr3kr7e:"
                                   "e42sedbwty7rmgpa4qhngqgpqogiq5sqrahe3rzzmh5qvzuitjmq:1:1:200";
        QTest::newRow("3-of-10") << 3U << 10U << 1048576
                                 << "URI:CHK:kypq2rbqf5bp6cflczdgbjclli:"
                                    "rtlj4hetvufrmpmua4ukzcxyyxmqwv2jr2x22ebcvfy6yf2rjd4q:3:10:200";
    }
    void knownAnswers()
    {
        QFETCH(unsigned, needed);
        QFETCH(unsigned, total);
        QFETCH(int, segment);
        QFETCH(QString, cap);
        const EncodingParameters encoding{needed, 1, total, static_cast<std::uint64_t>(segment)};
        GridBench bench(10, encoding, std::uint64_t{1} << 40U, "spec");
        std::string plain;
        while (plain.size() < 200)
            plain += "The quick brown fox jumps over the lazy dog. ";
        plain.resize(200);
        const Result<UploadResult> result = bench.put(asBytes(plain));
        QVERIFY(result);
        QCOMPARE(result->readCap, cap.toStdString());
    }

    void smallFilesNeedNoServer()
    {
        GridBench bench(0);
        for (const std::size_t size : {0U, 1U, 55U}) {
            const Bytes plain = test::plaintext(size);
            const Result<UploadResult> result = bench.put(plain);
            QVERIFY(result);
            QVERIFY(result->readCap.starts_with("URI:LIT:"));
            const Result<Bytes> back = bench.get(result->readCap);
            QVERIFY(back && *back == plain);
        }
        const Result<UploadResult> larger = bench.put(test::plaintext(56));
        QVERIFY(!larger);
        QCOMPARE(larger.error().code(), ErrorCode::Unhappy);
    }

    void everySizeAndCodeComesBack()
    {
        QVERIFY(test::forAll(40, [](test::SeededRandom& random) {
            EncodingParameters encoding;
            encoding.total = static_cast<std::uint32_t>(random.between(1, 12));
            encoding.needed = static_cast<std::uint32_t>(random.between(1, encoding.total));
            encoding.happy = 1;
            encoding.segmentSize = random.between(1, 5000);
            GridBench bench(random.between(1, 15), encoding);
            const Bytes plain = random.bytesBetween(56, 30'000);
            const Result<UploadResult> result = bench.put(plain);
            if (!result) return false;
            const Result<Bytes> back = bench.get(result->readCap);
            return back && *back == plain && bench.uploadsOpen() == 0;
        }));
    }

    void extremeCodes_data()
    {
        QTest::addColumn<unsigned>("needed");
        QTest::addColumn<unsigned>("total");
        QTest::addColumn<int>("size");
        QTest::addColumn<int>("segment");
        QTest::newRow("1 of 1") << 1U << 1U << 70'000 << 1048576;
        QTest::newRow("1 of 256") << 1U << 256U << 3'000 << 700;
        QTest::newRow("256 of 256") << 256U << 256U << 9'000 << 1024;
        QTest::newRow("101 of 256") << 101U << 256U << 9'000 << 2000;
        QTest::newRow("segment of 1 byte") << 3U << 10U << 500 << 1;
        QTest::newRow("several runs") << 3U << 10U << 9'000'000 << 1048576;
        QTest::newRow("exactly two segments") << 3U << 10U << 2'097'156 << 1048576;
    }
    void extremeCodes()
    {
        QFETCH(unsigned, needed);
        QFETCH(unsigned, total);
        QFETCH(int, size);
        QFETCH(int, segment);
        const EncodingParameters encoding{needed, 1, total, static_cast<std::uint64_t>(segment)};
        GridBench bench(20, encoding);
        const Bytes plain = test::plaintext(static_cast<std::size_t>(size));
        const Result<UploadResult> result = bench.put(plain);
        QVERIFY2(result, result ? "" : result.error().text().c_str());
        QCOMPARE(result->pushedShares, total);
        const Result<Bytes> back = bench.get(result->readCap);
        QVERIFY2(back, back ? "" : back.error().text().c_str());
        QVERIFY(*back == plain);
    }

    void longHashTreesFollowTheLastRun()
    {
        // Two runs, and more bytes of trailers in all shares than go out together.
        EncodingParameters encoding;
        encoding.segmentSize = 3;
        encoding.total = 100;
        GridBench bench(10, encoding);
        const Bytes plain = test::plaintext(300);
        const Result<UploadResult> result = bench.put(plain);
        QVERIFY2(result, result ? "" : result.error().text().c_str());
        QCOMPARE(result->pushedShares, 100U);
        QCOMPARE(bench.uploadsOpen(), std::size_t(0));
        const Result<Bytes> back = bench.get(result->readCap);
        QVERIFY2(back, back ? "" : back.error().text().c_str());
        QVERIFY(*back == plain);
    }
    void tellsWhatItAskedOfWhom()
    {
        GridBench bench(10);
        bench.servers[3]->store->setPlan([](test::StoreCall call, std::uint64_t) {
            return call == test::StoreCall::Write ? test::failing(ErrorCode::IoFailure)
                                                  : test::Fault();
        });
        const Bytes plain = test::plaintext(5'000'000);
        test::BytesSource source(plain);
        UploadStatus status;
        status.log = std::make_shared<TransferLog>(bench.clock);
        const auto result = bench.run(bench.grid->upload(source, {}, status));
        QVERIFY(result && *result);
        std::map<RequestKind, std::size_t> count;
        std::map<ShareNumber, std::uint64_t> written;
        std::size_t failed = 0;
        for (const ServerRequest& request : status.log->requests.kept()) {
            QVERIFY(request.finished && !request.serverId.empty());
            ++count[request.kind];
            if (!request.succeeded()) ++failed;
            if (request.kind == RequestKind::Write && request.succeeded())
                written[request.shares.at(0)] += request.range.size();
        }
        QCOMPARE(count[RequestKind::Allocate], std::size_t{11}); // one more for the lost share
        QCOMPARE(count[RequestKind::Abort], std::size_t{1});
        QCOMPARE(count[RequestKind::Read] + count[RequestKind::Query], std::size_t{0});
        QCOMPARE(written.size(), std::size_t{10});
        for (const auto& [share, bytes] : written)
            QCOMPARE(bytes, status.log->requests.kept().front().range.end);
        QVERIFY(failed > 0);
    }
    void aFailingSourceLeavesNothing()
    {
        GridBench bench;
        FailingSource source;
        UploadStatus status;
        const auto result = bench.run(bench.grid->upload(source, {}, status));
        QVERIFY(result && !*result);
        QCOMPARE(result->error().code(), ErrorCode::PeerUnreachable);
        bench.settle();
        QCOMPARE(bench.calls(), std::uint64_t(0));
    }
    void cancelledAnywhereItLeavesNothing()
    {
        // Every request takes 100 ms, so every cut lies at another step.
        for (int cut = 50; cut < 1500; cut += 100) {
            GridBench bench(10);
            for (const auto& one : bench.servers) {
                one->store->setPlan([](test::StoreCall, std::uint64_t) {
                    return test::late(std::chrono::milliseconds(100));
                });
            }
            const Bytes plain = test::plaintext(5'000'000);
            test::BytesSource source(plain);
            UploadStatus status;
            const UploadOptions options;
            asio::awaitable<Result<UploadResult>> upload =
                bench.grid->upload(source, options, status);
            const auto result = bench.run(withDeadline<UploadResult>(
                bench.clock, std::chrono::milliseconds(cut), "upload", std::move(upload)));
            QVERIFY(result.has_value());
            if (*result) continue;
            QCOMPARE(result->error().code(), ErrorCode::Timeout);
            const std::uint64_t pushed = status.pushed;
            bench.settle();
            QCOMPARE(status.pushed, pushed);
            QCOMPARE(bench.uploadsOpen(), std::size_t(0));
        }
    }
    void badEncodingIsRefused_data()
    {
        QTest::addColumn<unsigned>("needed");
        QTest::addColumn<unsigned>("happy");
        QTest::addColumn<unsigned>("total");
        QTest::addColumn<unsigned>("segment");
        QTest::newRow("needed 0") << 0U << 1U << 10U << 1000U;
        QTest::newRow("needed > total") << 11U << 1U << 10U << 1000U;
        QTest::newRow("total 257") << 3U << 1U << 257U << 1000U;
        QTest::newRow("happy > total") << 3U << 11U << 10U << 1000U;
        QTest::newRow("segment 0") << 3U << 7U << 10U << 0U;
    }
    void badEncodingIsRefused()
    {
        QFETCH(unsigned, needed);
        QFETCH(unsigned, happy);
        QFETCH(unsigned, total);
        QFETCH(unsigned, segment);
        GridBench bench;
        UploadOptions options;
        options.encoding = EncodingParameters{needed, happy, total, segment};
        const Result<UploadResult> result = bench.put(test::plaintext(100), options);
        QVERIFY(!result);
        QCOMPARE(result.error().code(), ErrorCode::InvalidInput);
    }

    void piecesCoverTheShareInOrder()
    {
        QVERIFY(test::forAll(20, [](test::SeededRandom& random) {
            const std::uint64_t begin = random.below(100);
            SharePieces pieces(begin);
            Bytes all;
            std::vector<Bytes> ranges;
            const std::uint64_t count = random.between(0, 6);
            for (std::uint64_t i = 0; i < count; ++i)
                ranges.push_back(random.bytesBetween(0, random.chance(0.3) ? 2'000'000 : 1000));
            for (const Bytes& range : ranges) {
                append(all, range);
                pieces.add(range);
            }
            std::uint64_t next = begin;
            Bytes sent;
            const std::vector<SharePiece> list = pieces.finish();
            for (const SharePiece& piece : list) {
                if (piece.offset != next || piece.data.empty() ||
                    piece.data.size() > SharePieces::kMaxPiece)
                    return false;
                next += piece.data.size();
                append(sent, piece.data);
            }
            return sent == all;
        }));
    }
};

QTEST_GUILESS_MAIN(TestUpload)
#include "test_upload.moc"
