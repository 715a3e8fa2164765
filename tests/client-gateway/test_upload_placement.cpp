#include "tests/client-gateway/grid_bench.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::gateway;
using std::chrono::seconds;
using test::failing;
using test::Fault;
using test::GridBench;
using test::late;
using test::StoreCall;

namespace {

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

} // namespace

class TestUploadPlacement final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
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
};

QTEST_GUILESS_MAIN(TestUploadPlacement)
#include "test_upload_placement.moc"
