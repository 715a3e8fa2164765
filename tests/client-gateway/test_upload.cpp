#include "client-gateway/upload/share_pieces.h"
#include "core/cap/parse.h"
#include "tests/client-gateway/grid_bench.h"
#include "tests/support/property.h"

#include <QtTest/QtTest>

using namespace tarn;
using namespace tarn::gateway;
using std::chrono::seconds;
using test::Fault;
using test::GridBench;
using test::StoreCall;

namespace {

Fault failing(ErrorCode code)
{
    Fault fault;
    fault.error = code;
    return fault;
}

Fault late(Duration delay)
{
    Fault fault;
    fault.delay = delay;
    return fault;
}

/// One kind of call fails from its n-th time on.
test::FaultyStore::Plan failFrom(StoreCall call, int first, Fault fault)
{
    auto seen = std::make_shared<int>(0);
    return [=](StoreCall now, std::uint64_t) {
        if (now != call) return Fault();
        return (*seen)++ >= first ? fault : Fault();
    };
}

const ServerReport* reportOf(const UploadStatus& status, const std::string& id)
{
    for (const ServerReport& server : status.happiness->servers)
        if (server.serverId == id) return &server;
    return nullptr;
}

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
    void theSameFileIsStoredOnce()
    {
        GridBench bench;
        const Bytes plain = test::plaintext(10'000);
        const Result<UploadResult> first = bench.put(plain);
        const Result<UploadResult> second = bench.put(plain);
        QVERIFY(first && second);
        QCOMPARE(second->readCap, first->readCap);
        QCOMPARE(second->pushedShares, 0U);
        QCOMPARE(second->preexistingShares, 10U);
        QCOMPARE(bench.shareCount(), std::size_t(10));
        UploadOptions random;
        random.key = KeyChoice::Random;
        const Result<UploadResult> other = bench.put(plain, random);
        QVERIFY(other && other->readCap != first->readCap);
        const Result<Bytes> back = bench.get(other->readCap);
        QVERIFY(back && *back == plain);
    }
    void missingSharesAreAddedToThoseThatExist()
    {
        GridBench bench;
        const Bytes plain = test::plaintext(10'000);
        const Result<UploadResult> first = bench.put(plain);
        QVERIFY(first);
        const StorageIndex index = test::storageIndexOf(first->readCap);
        std::size_t removed = 0;
        for (const auto& one : bench.servers) {
            if (removed == 4) break;
            for (std::uint32_t share = 0; share < 10; ++share) {
                if (one->memory->shareBytes(index, ShareNumber{share}) == nullptr) continue;
                one->memory->removeShare(index, ShareNumber{share});
                ++removed;
            }
        }
        const Result<UploadResult> second = bench.put(plain);
        QVERIFY(second);
        QCOMPARE(second->preexistingShares, 6U);
        QCOMPARE(second->pushedShares, 4U);
        QCOMPARE(bench.shareCount(), std::size_t(10));
        QCOMPARE(second->happiness, 10U);
    }
    /// A gateway that died has left servers the share that the next attempt would give them.
    void whatADeadGatewayLeftIsExchanged()
    {
        const Bytes plain = test::plaintext(10'000);
        GridBench before;
        const Result<UploadResult> first = before.put(plain);
        QVERIFY(first);
        const StorageIndex index = test::storageIndexOf(first->readCap);
        for (const std::size_t left : {1U, 2U, 9U, 10U}) {
            GridBench bench;
            for (std::size_t i = 0; i < left; ++i) {
                for (std::uint32_t share = 0; share < 10; ++share) {
                    if (before.servers[i]->memory->shareBytes(index, ShareNumber{share}) == nullptr)
                        continue;
                    const std::set<ShareNumber> begun{ShareNumber{share}};
                    QVERIFY(*bench.run(bench.servers[i]->memory->allocate(
                        index, begun, 4000, storage_api::LeaseSecrets{}, Bytes(32))));
                }
            }
            QCOMPARE(bench.uploadsOpen(), left);
            const Result<UploadResult> again = bench.put(plain);
            QVERIFY2(again, again ? "" : again.error().text().c_str());
            // A single one has nobody to exchange with: the others have theirs already.
            QCOMPARE(again->happiness, left == 1 ? 9U : 10U);
            QVERIFY(*bench.get(again->readCap) == plain);
            bench.settle();
            QCOMPARE(bench.uploadsOpen(), left);
        }
    }
    void sharesThatAreElsewhereThanGuessedAreFound()
    {
        for (int seed = 0; seed < 5; ++seed) {
            GridBench bench(13);
            const Bytes plain = test::plaintext(static_cast<std::size_t>(10'000 + seed));
            for (std::size_t i = 0; i < 3; ++i)
                bench.servers[i]->store->setPlan(
                    failFrom(StoreCall::Allocate, 0, failing(ErrorCode::PeerUnreachable)));
            const Result<UploadResult> first = bench.put(plain);
            QVERIFY(first);
            QCOMPARE(first->happiness, 10U);
            for (std::size_t i = 0; i < 3; ++i)
                bench.servers[i]->store->setPlan(nullptr);
            // The three are asked for shares that have found other homes.
            const Result<UploadResult> second = bench.put(plain);
            QVERIFY(second);
            QCOMPARE(second->preexistingShares, 10U);
            QCOMPARE(second->pushedShares, 0U);
            QCOMPARE(second->happiness, 10U);
            bench.settle();
            QCOMPARE(bench.uploadsOpen(), std::size_t(0));
            QCOMPARE(bench.shareCount(), std::size_t(10));
        }
    }
    void leasesAreRenewedOnSharesThatExist()
    {
        GridBench bench;
        const Bytes plain = test::plaintext(10'000);
        const Result<UploadResult> first = bench.put(plain);
        QVERIFY(first);
        const auto expiry = [&]() {
            std::int64_t least = std::numeric_limits<std::int64_t>::max();
            const StorageIndex index = test::storageIndexOf(first->readCap);
            for (const auto& one : bench.servers)
                for (std::uint32_t share = 0; share < 10; ++share)
                    for (const auto& lease : one->memory->leasesOf(index, ShareNumber{share}))
                        least = std::min(least, lease.expires);
            return least;
        };
        const std::int64_t before = expiry();
        bench.clock.advance(std::chrono::hours(24));
        QVERIFY(bench.put(plain));
        QCOMPARE(expiry() - before, std::int64_t(24 * 3600));
    }

    void deadServersAreReplaced_data()
    {
        QTest::addColumn<int>("call");
        QTest::addColumn<int>("code");
        for (const StoreCall call : {StoreCall::Version, StoreCall::List, StoreCall::Allocate}) {
            for (const ErrorCode code :
                 {ErrorCode::PeerUnreachable, ErrorCode::Timeout, ErrorCode::PeerMisbehaved}) {
                const std::string name =
                    std::to_string(static_cast<int>(call)) + " " + std::string(nameOf(code));
                QTest::newRow(name.c_str()) << static_cast<int>(call) << static_cast<int>(code);
            }
        }
    }
    void deadServersAreReplaced()
    {
        QFETCH(int, call);
        QFETCH(int, code);
        GridBench bench(10);
        for (int i = 0; i < 3; ++i) {
            bench.servers[static_cast<std::size_t>(i)]->store->setPlan(
                failFrom(static_cast<StoreCall>(call), 0, failing(static_cast<ErrorCode>(code))));
        }
        const Bytes plain = test::plaintext(50'000);
        const Result<UploadResult> result = bench.put(plain);
        QVERIFY2(result, result ? "" : result.error().text().c_str());
        // Of a new file nobody is asked what he has.
        QCOMPARE(result->happiness, static_cast<StoreCall>(call) == StoreCall::List ? 10U : 7U);
        QCOMPARE(result->pushedShares, 10U);
        bench.settle();
        QCOMPARE(bench.uploadsOpen(), std::size_t(0));
        QVERIFY(*bench.get(result->readCap) == plain);
    }
    void silentServersCostOneDeadline()
    {
        GridBench bench(10);
        for (int i = 0; i < 3; ++i) {
            bench.servers[static_cast<std::size_t>(i)]->store->setPlan(
                failFrom(StoreCall::Allocate, 0, late(std::chrono::hours(1))));
        }
        const TimePoint begun = bench.clock.now();
        QVERIFY(bench.put(test::plaintext(50'000)));
        QVERIFY(bench.clock.now() - begun <= seconds(16));
    }
    void fullServersAreReplaced()
    {
        GridBench bench(10);
        for (int i = 0; i < 3; ++i)
            bench.servers[static_cast<std::size_t>(i)]->memory->setCapacity(10);
        const Bytes plain = test::plaintext(50'000);
        const Result<UploadResult> result = bench.put(plain);
        QVERIFY2(result, result ? "" : result.error().text().c_str());
        QCOMPARE(result->happiness, 7U);
        QCOMPARE(result->pushedShares, 10U);
        QCOMPARE(reportOf(bench.status, "server-0")->outcome, ServerOutcome::ReadOnly);
    }
    void aServerThatFailsInTheFirstRunIsReplaced()
    {
        for (int when = 0; when < 3; ++when) {
            GridBench bench(11);
            bench.servers[2]->store->setPlan(
                failFrom(StoreCall::Write, when, failing(ErrorCode::PeerUnreachable)));
            const Bytes plain = test::plaintext(2'000'000);
            const Result<UploadResult> result = bench.put(plain);
            QVERIFY2(result, result ? "" : result.error().text().c_str());
            QCOMPARE(result->pushedShares, 10U);
            QVERIFY(result->happiness >= 9);
            bench.settle();
            QCOMPARE(bench.uploadsOpen(), std::size_t(0));
            QVERIFY(*bench.get(result->readCap) == plain);
        }
    }
    void aServerThatFailsLaterIsDropped()
    {
        GridBench bench(10);
        bench.servers[2]->store->setPlan(
            failFrom(StoreCall::Write, 4, failing(ErrorCode::PeerUnreachable)));
        const Bytes plain = test::plaintext(10'000'000);
        const Result<UploadResult> result = bench.put(plain);
        QVERIFY2(result, result ? "" : result.error().text().c_str());
        QCOMPARE(result->pushedShares, 9U);
        QCOMPARE(result->happiness, 9U);
        QCOMPARE(reportOf(bench.status, "server-2")->outcome, ServerOutcome::Unreachable);
        bench.settle();
        QCOMPARE(bench.uploadsOpen(), std::size_t(0));
        QVERIFY(*bench.get(result->readCap) == plain);
    }
    void aServerThatStallsIsDropped()
    {
        GridBench bench(10);
        bench.servers[2]->store->setPlan(
            failFrom(StoreCall::Write, 3, late(std::chrono::hours(5))));
        const Result<UploadResult> result = bench.put(test::plaintext(9'000'000));
        QVERIFY2(result, result ? "" : result.error().text().c_str());
        QCOMPARE(result->happiness, 9U);
        bench.settle(std::chrono::hours(6));
        QCOMPARE(bench.uploadsOpen(), std::size_t(0));
    }
    void anAnswerThatGotLostLeavesNothing()
    {
        GridBench bench(10);
        Fault lost = failing(ErrorCode::Timeout);
        lost.errorAfterDoing = true;
        bench.servers[1]->store->setPlan(failFrom(StoreCall::Allocate, 0, lost));
        QVERIFY(bench.put(test::plaintext(50'000)));
        bench.settle();
        QCOMPARE(bench.uploadsOpen(), std::size_t(0));
    }

    void tooFewServersFailClearly()
    {
        GridBench bench(6);
        const Result<UploadResult> result = bench.put(test::plaintext(50'000));
        QVERIFY(!result);
        QCOMPARE(result.error().code(), ErrorCode::Unhappy);
        QCOMPARE(bench.status.phase, UploadPhase::Failed);
        QVERIFY(bench.status.happiness.has_value());
        const HappinessReport& report = *bench.status.happiness;
        QCOMPARE(report.reached, 6U);
        QCOMPARE(report.happy, 7U);
        QCOMPARE(report.serversKnown, 6U);
        QCOMPARE(report.servers.size(), std::size_t(6));
        QVERIFY(report.summary().find("shares could be placed on only 6 server(s)") == 0);
        QVERIFY(report.text().find("server-3: placed") != std::string::npos);
        bench.settle();
        QCOMPARE(bench.uploadsOpen(), std::size_t(0));
        QCOMPARE(bench.shareCount(), std::size_t(0));
    }
    void tooManyFailuresInTheMiddleLeaveNothing()
    {
        GridBench bench(10);
        for (std::size_t i = 0; i < 4; ++i) {
            bench.servers[i]->store->setPlan(
                failFrom(StoreCall::Write, 2, failing(ErrorCode::PeerUnreachable)));
        }
        const Result<UploadResult> result = bench.put(test::plaintext(10'000'000));
        QVERIFY(!result);
        QCOMPARE(result.error().code(), ErrorCode::Unhappy);
        QCOMPARE(bench.status.happiness->reached, 6U);
        bench.settle();
        QCOMPARE(bench.uploadsOpen(), std::size_t(0));
        QCOMPARE(bench.shareCount(), std::size_t(0));
    }
    void noServersAtAll()
    {
        GridBench bench(0);
        const Result<UploadResult> result = bench.put(test::plaintext(100));
        QVERIFY(!result);
        QCOMPARE(result.error().message(), std::string("no storage servers are known"));
    }
    void sharesMustSufficeToReadTheFile()
    {
        EncodingParameters encoding;
        encoding.happy = 1;
        GridBench bench(2, encoding);
        // Room for one share each.
        for (const auto& one : bench.servers)
            one->memory->setCapacity(5'000);
        const Result<UploadResult> result = bench.put(test::plaintext(10'000));
        QVERIFY2(!result, bench.status.happiness->text().c_str());
        QCOMPARE(result.error().code(), ErrorCode::Unhappy);
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
                one->store->setPlan(
                    [](StoreCall, std::uint64_t) { return late(std::chrono::milliseconds(100)); });
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
