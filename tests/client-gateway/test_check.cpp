#include "core/cap/parse.h"
#include "core/share/immutable_layout.h"
#include "tests/client-gateway/stored_file.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::gateway;
using test::Fault;
using test::GridBench;
using test::StoreCall;

namespace {

CheckResult check(GridBench& bench, const std::string& cap, bool verify, bool addLease = false)
{
    CheckOptions options;
    options.verify = verify;
    options.addLease = addLease;
    const auto result = bench.run(bench.grid->check(cap, options));
    return result && *result ? **result : CheckResult();
}

RepairResult repair(GridBench& bench, const std::string& cap, bool verify)
{
    CheckOptions options;
    options.verify = verify;
    const auto result = bench.run(bench.grid->checkAndRepair(cap, options));
    bench.settle();
    return result && *result ? **result : RepairResult();
}

} // namespace

class TestCheck final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void aHealthyFile_data()
    {
        QTest::addColumn<bool>("verify");
        QTest::addColumn<int>("size");
        for (const bool verify : {false, true})
            for (const int size : {56, 10'000, 3'000'000})
                QTest::newRow((std::to_string(size) + (verify ? " verified" : " checked")).c_str())
                    << verify << size;
    }
    void aHealthyFile()
    {
        QFETCH(bool, verify);
        QFETCH(int, size);
        GridBench bench;
        test::StoredFile file(bench, static_cast<std::size_t>(size));
        for (const std::string& cap : {file.cap, file.verifyCap}) {
            const CheckResult result = check(bench, cap, verify);
            QVERIFY2(result.healthy, result.summary.c_str());
            QVERIFY(result.recoverable && !result.literal);
            QCOMPARE(result.summary, std::string("Healthy"));
            QCOMPARE(result.sharesGood, 10U);
            QCOMPARE(result.sharesNeeded, 3U);
            QCOMPARE(result.sharesExpected, 10U);
            QCOMPARE(result.happiness, 10U);
            QCOMPARE(result.goodShareHosts, 10U);
            QCOMPARE(result.recoverableVersions, 1U);
            QCOMPARE(result.unrecoverableVersions, 0U);
            QCOMPARE(result.serversResponding.size(), std::size_t(10));
            QCOMPARE(result.shareMap.size(), std::size_t(10));
            QVERIFY(result.corruptShares.empty());
        }
        QCOMPARE(bench.advisoryCount(), std::size_t(0));
    }
    void whoHoldsAnIndexIsKnownWithoutACapability()
    {
        GridBench bench;
        test::StoredFile file(bench, 10'000);
        const ShareNumber mute{1};
        const std::string silent = file.holders.at(mute)->server->id;
        file.remove(0);
        file.holders.at(mute)->store->setPlan([](StoreCall, std::uint64_t) {
            Fault fault;
            fault.error = ErrorCode::PeerUnreachable;
            return fault;
        });
        const StorageIndex index = test::storageIndexOf(file.cap);
        for (const auto kind :
             {storage_api::ShareKind::Immutable, storage_api::ShareKind::Mutable}) {
            const auto found = bench.run(bench.grid->holders(kind, index));
            QVERIFY(found && *found);
            const Holders& holders = **found;
            QCOMPARE(holders.shares.size(), std::size_t(8));
            QVERIFY(!holders.shares.contains(silent));
            QCOMPARE(holders.silent.size(), std::size_t(1));
            QVERIFY(holders.silent.contains(silent));
        }
        const auto none = bench.run(bench.grid->holders(storage_api::ShareKind::Immutable,
                                                        *StorageIndex::from(zeroBytes(16))));
        QVERIFY(none && *none && (*none)->shares.empty());
    }
    void missingSharesAndDeadServers()
    {
        GridBench bench;
        test::StoredFile file(bench, 10'000);
        file.remove(0);
        file.holders.at(ShareNumber{1})->store->setPlan([](StoreCall, std::uint64_t) {
            Fault fault;
            fault.error = ErrorCode::PeerUnreachable;
            return fault;
        });
        const CheckResult result = check(bench, file.cap, false);
        QVERIFY(!result.healthy && result.recoverable);
        QCOMPARE(result.summary, std::string("Not Healthy: 8 shares (enc 3-of-10)"));
        QCOMPARE(result.serversResponding.size(), std::size_t(9));
        QCOMPARE(result.serverProblems.size(), std::size_t(1));
    }
    void unrecoverable()
    {
        GridBench bench;
        test::StoredFile file(bench, 10'000);
        for (std::uint32_t share = 0; share < 8; ++share)
            file.remove(share);
        const CheckResult result = check(bench, file.cap, true);
        QVERIFY(!result.healthy && !result.recoverable);
        QCOMPARE(result.recoverableVersions, 0U);
        QCOMPARE(result.unrecoverableVersions, 1U);
        const RepairResult repaired = repair(bench, file.cap, false);
        QVERIFY(repaired.attempted && !repaired.successful);
        QVERIFY(repaired.failure.find("NotEnoughShares") == 0);
        QCOMPARE(bench.uploadsOpen(), std::size_t(0));
    }
    void everyByteIsVerified()
    {
        // One byte in every section and everywhere between; the placeholder is nobody's.
        GridBench bench(5, EncodingParameters{2, 1, 5, 700});
        test::StoredFile file(bench, 3000);
        const Bytes good = file.share(3);
        const share::ImmutableLayout layout = *share::parseImmutableLayout(good);
        for (std::size_t at = 0; at < good.size(); at += at < 100 ? 1 : 23) {
            const bool unread = at >= 0x10 && at < 0x14; // wild values are noticed all the same
            const bool ignored = (at >= 4 && at < 12) ||
                                 (at >= layout.plaintextHashTree && at < layout.crypttextHashTree);
            if (unread) continue;
            file.share(3) = good;
            file.share(3)[at] ^= std::byte{0x04};
            const CheckResult result = check(bench, file.cap, true);
            const bool bad = result.corruptShares.size() + result.incompatibleShares.size() +
                                 result.failedShares.size() ==
                             1;
            QVERIFY2(bad != ignored, std::to_string(at).c_str());
            QCOMPARE(result.sharesGood, bad ? 4U : 5U);
        }
        // Believing the servers finds none of it.
        QVERIFY(check(bench, file.cap, false).healthy);
    }
    void corruptSharesAreListedAndReported()
    {
        GridBench bench;
        test::StoredFile file(bench, 10'000);
        file.share(4)[100] ^= std::byte{1};
        file.share(5)[3] = std::byte{9};
        const CheckResult result = check(bench, file.cap, true);
        QCOMPARE(result.corruptShares.size(), std::size_t(1));
        QCOMPARE(result.corruptShares[0].share.value, 4U);
        QCOMPARE(result.corruptShares[0].serverId, file.holders.at(ShareNumber{4})->server->id);
        QVERIFY(result.corruptShares[0].reason.find("corruption in share[") == 0);
        QCOMPARE(result.incompatibleShares.size(), std::size_t(1));
        QCOMPARE(result.sharesGood, 8U);
        bench.settle();
        QCOMPARE(bench.advisoryCount(), std::size_t(1));
    }
    void leasesAreAddedWhenAsked()
    {
        GridBench bench;
        test::StoredFile file(bench, 10'000);
        const auto expires = [&] {
            return file.holders.at(ShareNumber{0})
                ->memory->leasesOf(file.index, ShareNumber{0})
                .front()
                .expires;
        };
        const std::int64_t before = expires();
        bench.clock.advance(std::chrono::hours(1));
        check(bench, file.cap, false);
        QCOMPARE(expires(), before);
        check(bench, file.cap, false, true);
        QCOMPARE(expires(), before + 3600);
    }
    void literalsAreHealthy()
    {
        GridBench bench(0);
        const Result<UploadResult> result = bench.put(asBytes("short"));
        QVERIFY(result);
        const CheckResult checked = check(bench, result->readCap, true);
        QVERIFY(checked.literal && checked.healthy);
        const RepairResult repaired = repair(bench, result->readCap, true);
        QVERIFY(!repaired.attempted);
    }
    void otherCapabilitiesAreRefused()
    {
        GridBench bench;
        const auto result = bench.run(bench.grid->check("URI:CHK:x", CheckOptions()));
        QVERIFY(result && !*result);
        QCOMPARE(result->error().code(), ErrorCode::InvalidInput);
    }

    void missingSharesAreMadeAnew_data()
    {
        QTest::addColumn<int>("size");
        QTest::addColumn<bool>("byVerifyCap");
        QTest::newRow("small") << 10'000 << false;
        QTest::newRow("by the verify cap") << 10'000 << true;
        QTest::newRow("several runs") << 6'000'000 << true;
    }
    void missingSharesAreMadeAnew()
    {
        QFETCH(int, size);
        QFETCH(bool, byVerifyCap);
        GridBench bench;
        test::StoredFile file(bench, static_cast<std::size_t>(size));
        std::map<std::uint32_t, Bytes> before;
        for (const std::uint32_t share : {0U, 2U, 4U, 6U, 7U, 8U, 9U}) {
            before[share] = file.share(share);
            file.remove(share);
        }
        const RepairResult repaired = repair(bench, byVerifyCap ? file.verifyCap : file.cap, false);
        QVERIFY2(repaired.successful, repaired.failure.c_str());
        QVERIFY(repaired.attempted && !repaired.before.healthy && repaired.after.healthy);
        QCOMPARE(repaired.before.sharesGood, 3U);
        QCOMPARE(bench.shareCount(), std::size_t(10));
        QCOMPARE(bench.uploadsOpen(), std::size_t(0));
        for (const auto& [share, bytes] : before) {
            for (const auto& one : bench.servers) {
                const Bytes* now = one->memory->shareBytes(file.index, ShareNumber{share});
                if (now != nullptr) QVERIFY(*now == bytes);
            }
        }
        QVERIFY(check(bench, file.cap, true).healthy);
        QVERIFY(*bench.get(file.cap) == file.plain);
    }
    void corruptSharesAreMadeAnewElsewhere()
    {
        GridBench bench(11);
        test::StoredFile file(bench, 10'000);
        file.share(4)[100] ^= std::byte{1};
        const RepairResult repaired = repair(bench, file.cap, true);
        QVERIFY2(repaired.successful, repaired.failure.c_str());
        QCOMPARE(repaired.after.sharesGood, 10U);
        QCOMPARE(bench.shareCount(), std::size_t(11));
        const CheckResult after = check(bench, file.cap, true);
        QVERIFY(after.healthy);
        QCOMPARE(after.corruptShares.size(), std::size_t(1));
    }
    void aHealthyFileIsLeftAlone()
    {
        GridBench bench;
        test::StoredFile file(bench, 10'000);
        const RepairResult repaired = repair(bench, file.cap, true);
        QVERIFY(!repaired.attempted && repaired.before.healthy && repaired.after.healthy);
    }
    void withoutRoomTheRepairSaysSo()
    {
        GridBench bench;
        test::StoredFile file(bench, 10'000);
        file.remove(0);
        for (const auto& one : bench.servers)
            one->memory->setCapacity(0);
        const RepairResult repaired = repair(bench, file.cap, false);
        QVERIFY(repaired.attempted && !repaired.successful);
        QVERIFY(!repaired.failure.empty());
    }
};

QTEST_GUILESS_MAIN(TestCheck)
#include "test_check.moc"
