#include "core/share/immutable_container.h"
#include "core/share/lease.h"
#include "storage-server/share_files.h"
#include "storage-server/store_paths.h"
#include "tests/support/store_rig.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::storage_api;
using test::StoreRig;
using test::suiteBytes;
using test::suiteIndex;

// The wall clock jumps, as operators and NTP make it: leases and uploads end neither too early nor
// never.

namespace {

constexpr std::uint32_t kNow = 1'800'000'000; // of the fake clock
constexpr std::uint32_t kMonth = 31 * 24 * 3600;
constexpr Duration kYear = std::chrono::hours(365 * 24);

/// When the leases of a share end.
std::vector<std::uint32_t> leasesOf(StoreRig& rig, std::uint8_t index)
{
    std::vector<std::uint32_t> out;
    const auto share = storage::openShare(
        rig.disk(), storage::sharePath(suiteIndex(index), ShareNumber{0}), storage::OpenMode::Read);
    if (!share) return out;
    const auto leases = storage::loadImmutableLeases(*share);
    if (!leases) return out;
    for (const share::Lease& lease : leases->leases)
        out.push_back(lease.expiration);
    return out;
}

} // namespace

class TestStoreTime final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void jumpsEndNoUpload()
    {
        StoreRig rig;
        QVERIFY(rig.open());
        QVERIFY(rig.allocate(1, {ShareNumber{0}}, 6));
        QVERIFY(rig.writePiece(1, 0, 0, asBytes("ab")));
        for (const Duration jump : {10 * kYear, -30 * kYear, 5 * kYear}) {
            rig.clock().jumpWall(jump);
            rig.clock().advance(std::chrono::minutes(29));
            QVERIFY(rig.writePiece(1, 0, 0, asBytes("ab")));
        }
        const auto last = rig.writePiece(1, 0, 2, asBytes("cdef"));
        QVERIFY(last && last->required.empty());
    }

    void jumpsKeepNoUploadAlive()
    {
        StoreRig rig;
        QVERIFY(rig.open());
        QVERIFY(rig.allocate(1, {ShareNumber{0}}, 6));
        QVERIFY(rig.writePiece(1, 0, 0, asBytes("ab")));
        rig.clock().advance(std::chrono::minutes(30));
        rig.clock().jumpWall(-30 * kYear);
        QCOMPARE(rig.writePiece(1, 0, 2, asBytes("cdef")).error().code(), ErrorCode::NotFound);
        QCOMPARE(rig.status().allocatedSpace, std::uint64_t(0));
        QVERIFY(rig.snapshot().empty());
    }

    void aClientThatBeginsAnewTakesOverItsUpload()
    {
        StoreRig rig;
        QVERIFY(rig.open());
        const auto begun = [&](std::uint8_t leases) {
            const auto answer = rig.allocate(1, {ShareNumber{0}}, 6, leases);
            return answer && !answer->allocated.empty();
        };
        QVERIFY(begun(1));
        QVERIFY(rig.writePiece(1, 0, 0, asBytes("ab")));
        rig.clock().advance(std::chrono::seconds(59));
        QVERIFY(!begun(1));
        rig.clock().advance(std::chrono::seconds(1));
        QVERIFY(!begun(2)); // somebody else
        QVERIFY(begun(1));
        QVERIFY(!begun(1));
        QCOMPARE(rig.status().uploadsInProgress, std::size_t(1));
        const auto whole = rig.writePiece(1, 0, 0, asBytes("ABcdef"));
        QVERIFY(whole && whole->required.empty());
    }

    void renewalsNeverShortenALease()
    {
        StoreRig rig;
        QVERIFY(rig.open());
        QVERIFY(rig.put(1, 0, asBytes("share")));
        rig.clock().jumpWall(-10 * kYear);
        QVERIFY(rig.addLease(1, 1));
        QCOMPARE(leasesOf(rig, 1), std::vector<std::uint32_t>{kNow + kMonth});
        rig.clock().jumpWall(10 * kYear + std::chrono::seconds(100));
        QVERIFY(rig.addLease(1, 1));
        QCOMPARE(leasesOf(rig, 1), std::vector<std::uint32_t>{kNow + 100 + kMonth});
    }

    void leasesStayWithinTheirBits()
    {
        StoreRig rig;
        QVERIFY(rig.open());
        rig.clock().jumpWall(200 * kYear); // past 2106, the end of 32 bits
        QVERIFY(rig.put(1, 0, asBytes("share")));
        QCOMPARE(leasesOf(rig, 1), std::vector<std::uint32_t>{0xFFFF'FFFF});
        rig.clock().jumpWall(-270 * kYear); // before 1970
        QVERIFY(rig.put(2, 0, asBytes("share")));
        QCOMPARE(leasesOf(rig, 2), std::vector<std::uint32_t>{kMonth});
    }

    void checksAreDueWhateverTheWallSays()
    {
        StoreRig rig;
        QVERIFY(rig.open());
        rig.layer().armNext(test::FileOp::SyncFile, 5);
        QVERIFY(!rig.put(1, 0, asBytes("share")));
        rig.clock().jumpWall(10 * kYear);
        QVERIFY(!rig.allocate(1, {ShareNumber{0}}, 5)); // the pause is not over
        rig.clock().jumpWall(-30 * kYear);
        rig.clock().advance(std::chrono::seconds(1));
        QVERIFY(rig.put(1, 0, asBytes("share")));
    }

    void advisoriesOfAnyTimeCanBeRead()
    {
        StoreRig rig;
        QVERIFY(rig.open());
        QVERIFY(rig.put(1, 0, asBytes("share")));
        for (const Duration jump : {Duration(0), 200 * kYear, -270 * kYear}) {
            rig.clock().jumpWall(jump);
            auto advising = rig.store().adviseCorrupt(ShareKind::Immutable, suiteIndex(1),
                                                      ShareNumber{0}, "bad hash");
            QVERIFY(rig.run(std::move(advising)));
        }
        const auto told = rig.run(rig.store().advisories(10));
        QCOMPARE(told.value().size(), std::size_t(3));
    }
};

QTEST_GUILESS_MAIN(TestStoreTime)
#include "test_store_time.moc"
