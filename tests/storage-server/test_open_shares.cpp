#include "storage-server/open_shares.h"
#include "tests/support/store_rig.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::storage_api;
using storage::OpenShares;
using test::StoreRig;
using test::suiteBytes;
using test::suiteIndex;

namespace {

constexpr ShareKind kImmutable = ShareKind::Immutable;

/// What comes without waiting. Nothing: nothing did.
std::optional<Bytes> readFrom(OpenShares& shares, ShareKind kind, std::uint8_t index,
                              ByteRange range)
{
    Bytes into(range.size());
    const auto got = shares.read(kind, suiteIndex(index), ShareNumber{5}, range, into);
    if (!got) return std::nullopt;
    into.resize(*got);
    return into;
}

asio::awaitable<bool> shutDown(storage::DiskStore& store)
{
    co_await store.shutdown();
    co_return true;
}

} // namespace

class TestOpenShares final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase()
    {
        StoreRig rig(0, StoreRig::Place::Disk);
        QVERIFY(rig.openOnDisk());
        if (!rig.tellsWhatIsInMemory())
            QSKIP("the file system of the build cannot tell what is in memory");
    }

    void readsWhatIsInMemory()
    {
        StoreRig rig(0, StoreRig::Place::Disk);
        QVERIFY(rig.openOnDisk());
        const Bytes data = suiteBytes(100'000, 1);
        const ByteView all = data;
        QVERIFY(rig.put(1, 5, data));
        OpenShares shares(rig.disk(), rig.clock());
        const auto first = readFrom(shares, kImmutable, 1, {0, 10});
        QVERIFY(first && *first == toBytes(all.first(10)));
        const auto end = readFrom(shares, kImmutable, 1, {99'000, 101'000});
        QVERIFY(end && *end == toBytes(all.subspan(99'000))); // no lease
        const auto behind = readFrom(shares, kImmutable, 1, {100'000, 100'001});
        QVERIFY(behind && behind->empty());
        QCOMPARE(shares.size(), 1U);
        QVERIFY(!readFrom(shares, ShareKind::Mutable, 1, {0, 10}));
        QVERIFY(!readFrom(shares, kImmutable, 1, {0, 70'000})); // too much for the engine
        QVERIFY(!readFrom(shares, kImmutable, 2, {0, 10}));
    }

    void aLayerThatAlwaysWaitsReadsNothing()
    {
        StoreRig rig;
        QVERIFY(rig.open());
        QVERIFY(rig.put(1, 5, suiteBytes(100, 1)));
        OpenShares shares(rig.layer(), rig.clock());
        QVERIFY(!readFrom(shares, kImmutable, 1, {0, 10}));
        QVERIFY(!rig.readAtOnce(kImmutable, 1, 5, {0, 10}));
    }

    void staysOpenForAMoment()
    {
        StoreRig rig(0, StoreRig::Place::Disk);
        QVERIFY(rig.openOnDisk());
        QVERIFY(rig.put(1, 5, suiteBytes(100, 1)));
        OpenShares shares(rig.disk(), rig.clock());
        QVERIFY(readFrom(shares, kImmutable, 1, {0, 10}));
        std::filesystem::remove(rig.sharePath(1, 5));
        QVERIFY(readFrom(shares, kImmutable, 1, {0, 10}));
        rig.clock().advance(OpenShares::kStay);
        QVERIFY(!readFrom(shares, kImmutable, 1, {0, 10}));
        QCOMPARE(shares.size(), 0U);
    }

    void keepsFewOpen()
    {
        StoreRig rig(0, StoreRig::Place::Disk);
        QVERIFY(rig.openOnDisk());
        OpenShares shares(rig.disk(), rig.clock());
        for (std::uint8_t index = 1; index <= OpenShares::kMost + 8; ++index) {
            QVERIFY(rig.put(index, 5, suiteBytes(100, index)));
            const auto got = readFrom(shares, kImmutable, index, {0, 100});
            QVERIFY(got && *got == suiteBytes(100, index));
        }
        QCOMPARE(shares.size(), OpenShares::kMost);
        shares.forget(suiteIndex(OpenShares::kMost));
        QCOMPARE(shares.size(), OpenShares::kMost - 1);
    }

    void whatChangesIsReadAnew()
    {
        StoreRig rig(0, StoreRig::Place::Disk);
        QVERIFY(rig.openOnDisk());
        const Bytes before = suiteBytes(100, 1);
        const Bytes after = suiteBytes(5000, 2);
        for (const Bytes& data : {before, after}) {
            QVERIFY(rig.change(1, test::slotWrite(5, 0, data)));
            const auto got = rig.readAtOnce(ShareKind::Mutable, 1, 5, {0, 10'000});
            QVERIFY(got && *got == data);
        }
        ReadTestWrite removal;
        removal.shares[ShareNumber{5}].newLength = 0;
        QVERIFY(rig.change(1, removal));
        QVERIFY(!rig.readAtOnce(ShareKind::Mutable, 1, 5, {0, 10}));
    }

    void leasesDoNotShow()
    {
        StoreRig rig(0, StoreRig::Place::Disk);
        QVERIFY(rig.openOnDisk());
        const Bytes data = suiteBytes(100, 1);
        QVERIFY(rig.put(1, 5, data));
        for (std::uint8_t leases = 1; leases < 4; ++leases) {
            const auto got = rig.readAtOnce(kImmutable, 1, 5, {0, 1000});
            QVERIFY(got && *got == data);
            QVERIFY(rig.addLease(1, leases));
        }
    }

    void whatIsNotCompleteIsNotRead()
    {
        StoreRig rig(0, StoreRig::Place::Disk);
        QVERIFY(rig.openOnDisk());
        const Bytes data = suiteBytes(100, 1);
        QVERIFY(rig.allocate(1, {ShareNumber{5}}, 100));
        QVERIFY(rig.writePiece(1, 5, 0, ByteView(data).first(50)));
        QVERIFY(!rig.readAtOnce(kImmutable, 1, 5, {0, 10}));
        QVERIFY(rig.writePiece(1, 5, 50, ByteView(data).subspan(50)));
        QVERIFY(rig.readAtOnce(kImmutable, 1, 5, {0, 10}));
        rig.run(shutDown(rig.store()));
        QVERIFY(!rig.readAtOnce(kImmutable, 1, 5, {0, 10}));
    }
};

QTEST_GUILESS_MAIN(TestOpenShares)
#include "test_open_shares.moc"
