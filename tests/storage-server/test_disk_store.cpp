#include "core/crypto/blake2b.h"
#include "storage-server/disk_store.h"
#include "storage-server/store_paths.h"
#include "tests/support/store_rig.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::storage_api;
using test::StoreRig;
using test::suiteBytes;
using test::suiteIndex;
using test::suiteLeases;

namespace {

constexpr std::uint32_t kNow = 1'800'000'000; // of the fake clock
constexpr std::uint32_t kMonth = 31 * 24 * 3600;

/// An immutable container as the formats say, byte by byte.
Bytes immutableContainer(ByteView data, std::uint8_t leases, std::uint32_t expiration)
{
    Bytes out;
    appendBig<std::uint32_t>(out, 2);
    appendBig<std::uint32_t>(out, static_cast<std::uint32_t>(data.size()));
    appendBig<std::uint32_t>(out, 1);
    append(out, data);
    appendBig<std::uint32_t>(out, 0);
    append(out, crypto::blake2b(suiteLeases(leases).renew.view()));
    append(out, crypto::blake2b(suiteLeases(leases).cancel.view()));
    appendBig<std::uint32_t>(out, expiration);
    return out;
}

} // namespace

class TestDiskStore final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void suite_data()
    {
        QTest::addColumn<int>("number");
        QTest::addColumn<unsigned>("threads");
        int number = 0;
        for (const test::SuiteCheck& check : test::shareStoreSuite()) {
            QTest::newRow(check.name) << number << 0U;
            QTest::addRow("%s, threads", check.name) << number++ << 2U;
        }
    }
    void suite()
    {
        QFETCH(int, number);
        QFETCH(unsigned, threads);
        StoreRig rig(threads);
        QVERIFY(rig.open());
        test::SuiteHost host{rig.store(), [&](Duration by) { rig.clock().advance(by); }};
        const test::SuiteCheck& check = test::shareStoreSuite()[static_cast<std::size_t>(number)];
        const std::string failure = rig.run(check.run(host));
        QVERIFY2(failure.empty(), failure.c_str());
        QCOMPARE(rig.status().health.state, storage::StoreState::Healthy);
    }

    void writesTahoesContainer()
    {
        StoreRig rig;
        QVERIFY(rig.open());
        const Bytes data = suiteBytes(1000, 1);
        QVERIFY(rig.put(1, 5, data));
        QVERIFY(rig.contents(rig.sharePath(1, 5)) == immutableContainer(data, 1, kNow + kMonth));
        QVERIFY(std::filesystem::is_empty(rig.root() / "shares/incoming"));
    }

    void slowUploadMakesTheSameContainer()
    {
        StoreRig rig;
        rig.config().maximumOpenFiles = 0;
        QVERIFY(rig.open());
        const Bytes data = suiteBytes(500, 2);
        QVERIFY(rig.allocate(2, {ShareNumber{0}}, 500));
        for (std::size_t at = 0; at < 500; at += 50) {
            const std::size_t place = (at + 250) % 500;
            QVERIFY(rig.writePiece(2, 0, place, ByteView(data).subspan(place, 50)));
        }
        QVERIFY(rig.contents(rig.sharePath(2, 0)) == immutableContainer(data, 1, kNow + kMonth));
        QCOMPARE(rig.layer().openFiles(), 1); // the lock
    }

    void renewsAndAddsLeases()
    {
        StoreRig rig;
        QVERIFY(rig.open());
        const Bytes data = suiteBytes(100, 3);
        QVERIFY(rig.put(3, 0, data));
        rig.clock().advance(std::chrono::hours(1));
        QVERIFY(rig.addLease(3, 1));
        Bytes expected = immutableContainer(data, 1, kNow + kMonth + 3600);
        QVERIFY(rig.contents(rig.sharePath(3, 0)) == expected);
        QVERIFY(rig.addLease(3, 2));
        expected[11] = std::byte{2};
        const Bytes other = immutableContainer(data, 2, kNow + kMonth + 3600);
        append(expected, ByteView(other).last(72));
        expected[expected.size() - 69] = std::byte{1}; // leases added later have owner 1
        QVERIFY(rig.contents(rig.sharePath(3, 0)) == expected);
        rig.clock().jumpWall(-std::chrono::hours(5));
        QVERIFY(rig.addLease(3, 2)); // an earlier end does not shorten it
        QVERIFY(rig.contents(rig.sharePath(3, 0)) == expected);
        QVERIFY(*rig.read(ShareKind::Immutable, 3, 0) == data);
    }

    void allocatingRenewsWhatIsThere()
    {
        StoreRig rig;
        QVERIFY(rig.open());
        const Bytes data = suiteBytes(100, 4);
        QVERIFY(rig.put(4, 0, data));
        const auto again = rig.allocate(4, {ShareNumber{0}, ShareNumber{1}}, 100, 9);
        QVERIFY(again);
        QVERIFY(again->alreadyHave == std::set<ShareNumber>{ShareNumber{0}});
        QVERIFY(again->allocated == std::set<ShareNumber>{ShareNumber{1}});
        QCOMPARE(rig.contents(rig.sharePath(4, 0)).size(), std::size_t(12 + 100 + 144));
    }

    void slotContainerAfterGrowthAndLeases()
    {
        StoreRig rig;
        QVERIFY(rig.open());
        QVERIFY(rig.change(5, test::slotWrite(0, 0, asBytes("hello"))));
        for (std::uint8_t i = 2; i <= 6; ++i)
            QVERIFY(rig.addLease(5, i));
        Bytes container = rig.contents(rig.sharePath(5, 0));
        QCOMPARE(container.size(), std::size_t(468 + 5 + 4 + 2 * 92));
        QVERIFY(asText(container).substr(0, 27) == "Tahoe mutable container v2\n");
        QVERIFY(equal(ByteView(container).subspan(32, 20), rig.config().tubId.view()));
        QCOMPARE(loadBig<std::uint64_t>(container, 84), std::uint64_t(5));
        QCOMPARE(loadBig<std::uint64_t>(container, 92), std::uint64_t(473));
        QCOMPARE(loadBig<std::uint32_t>(container, 473), 2U);
        const Bytes extras = toBytes(ByteView(container).subspan(473));
        QVERIFY(rig.change(5, test::slotWrite(0, 3, asBytes("LO AND MORE"))));
        container = rig.contents(rig.sharePath(5, 0));
        QCOMPARE(loadBig<std::uint64_t>(container, 92), std::uint64_t(468 + 14));
        QVERIFY(asText(container).substr(468, 14) == "helLO AND MORE");
        QVERIFY(equal(ByteView(container).subspan(482), extras));
    }

    void journalAndRewriteMakeTheSameBytes()
    {
        // The same requests; in one store a second share forces them through the journal.
        StoreRig small;
        StoreRig journaled;
        QVERIFY(small.open());
        QVERIFY(journaled.open());
        test::SeededRandom random(99);
        for (int i = 0; i < 60; ++i) {
            const Bytes data = random.bytesBetween(0, 300);
            ReadTestWrite request = test::slotWrite(0, random.below(700), data);
            const Bytes more = random.bytesBetween(0, 50);
            request.shares[ShareNumber{0}].writes.push_back({random.below(900), more});
            if (random.chance(0.3))
                request.shares[ShareNumber{0}].newLength = 1 + random.below(800);
            QVERIFY(small.change(6, request));
            request.shares[ShareNumber{1}].writes.push_back({0, asBytes("x")});
            QVERIFY(journaled.change(6, request));
            if (i % 10 == 0) {
                QVERIFY(small.addLease(6, static_cast<std::uint8_t>(10 + i)));
                QVERIFY(journaled.addLease(6, static_cast<std::uint8_t>(10 + i)));
            }
            QVERIFY(small.contents(small.sharePath(6, 0)) ==
                    journaled.contents(journaled.sharePath(6, 0)));
        }
    }

    void deletedSlotsLeaveNoDirectory()
    {
        StoreRig rig;
        QVERIFY(rig.open());
        QVERIFY(rig.change(7, test::slotWrite(0, 0, asBytes("x"))));
        ReadTestWrite two = test::slotWrite(1, 0, asBytes("y"));
        two.shares[ShareNumber{0}].newLength = 0;
        QVERIFY(rig.change(7, two));
        ReadTestWrite last;
        last.shares[ShareNumber{1}].newLength = 0;
        QVERIFY(rig.change(7, last));
        QVERIFY(!std::filesystem::exists(rig.sharePath(7, 1).parent_path()));
        QVERIFY(rig.snapshot().empty());
        QCOMPARE(rig.status().usedSpace.value_or(1), std::uint64_t(0));
    }

    void writesAdvisories()
    {
        StoreRig rig;
        rig.config().maximumAdvisories = 2;
        QVERIFY(rig.open());
        QVERIFY(rig.put(8, 3, asBytes("share")));
        for (int i = 0; i < 4; ++i) {
            rig.clock().advance(std::chrono::seconds(1));
            QVERIFY(rig.run(rig.store().adviseCorrupt(ShareKind::Immutable, suiteIndex(8),
                                                      ShareNumber{3}, "because")));
        }
        const auto kept = rig.run(rig.store().advisories(10));
        QVERIFY(kept);
        QCOMPARE(kept->size(), std::size_t(2));
        const std::string index = storage::nameOf(suiteIndex(8));
        QCOMPARE(kept->at(0).name, "2027-01-15T080002.000000--" + index + "-3");
        QCOMPARE(kept->at(0).text, "report: Share Corruption\ntype: immutable\nstorage_index: " +
                                       index + "\nshare_number: 3\n\nbecause\n\n");
    }

    void keepsToMaximumSpace()
    {
        StoreRig rig;
        rig.config().maximumSpace = 1000;
        QVERIFY(rig.open());
        const auto much = rig.allocate(9, {ShareNumber{0}, ShareNumber{1}}, 900);
        QVERIFY(much);
        QCOMPARE(much->allocated.size(), std::size_t(1));
        QCOMPARE(rig.status().allocatedSpace, std::uint64_t(984));
        QVERIFY(rig.writePiece(9, 0, 0, suiteBytes(900, 9))->required.empty());
        QCOMPARE(rig.status().usedSpace.value_or(0), std::uint64_t(984));
        QCOMPARE(rig.status().availableSpace, std::uint64_t(16));
        QCOMPARE(rig.addLease(9, 2).error().code(), ErrorCode::NoSpace);
        QVERIFY(rig.addLease(9, 1));
        const auto slot = rig.change(10, test::slotWrite(0, 0, asBytes("data")));
        QCOMPARE(slot.error().code(), ErrorCode::NoSpace);
        QCOMPARE(rig.snapshot().size(), std::size_t(1));
        QVERIFY(rig.open()); // counted again at the start
        QCOMPARE(rig.status().usedSpace.value_or(0), std::uint64_t(984));
    }

    void readonlyStoresTakeNothing()
    {
        StoreRig rig;
        QVERIFY(rig.open());
        QVERIFY(rig.put(11, 0, asBytes("share")));
        QVERIFY(rig.change(12, test::slotWrite(0, 0, asBytes("data"))));
        const auto before = rig.snapshot();
        rig.config().readonly = true;
        rig.store().reconfigure(rig.config());
        QCOMPARE(rig.status().availableSpace, std::uint64_t(0));
        const auto allocated = rig.allocate(13, {ShareNumber{0}}, 1);
        QVERIFY(allocated && allocated->allocated.empty());
        QCOMPARE(rig.change(12, test::slotWrite(0, 0, asBytes("DATA"))).error().code(),
                 ErrorCode::NoSpace);
        QCOMPARE(rig.addLease(11, 2).error().code(), ErrorCode::NoSpace);
        QVERIFY(rig.snapshot() == before);
        ReadTestWrite look;
        look.reads.push_back({0, 4});
        QVERIFY(rig.change(12, look));
    }

    void reservesSpaceForOthers()
    {
        StoreRig rig;
        rig.config().reservedSpace = ~std::uint64_t(0);
        QVERIFY(rig.open());
        QVERIFY(rig.allocate(14, {ShareNumber{0}}, 1)->allocated.empty());
        QCOMPARE(rig.status().availableSpace, std::uint64_t(0));
    }

    void limitsUploadsInProgress()
    {
        StoreRig rig;
        rig.config().maximumUploads = 3;
        QVERIFY(rig.open());
        std::set<ShareNumber> many;
        for (std::uint32_t i = 0; i < 10; ++i)
            many.insert(ShareNumber{i});
        QCOMPARE(rig.allocate(15, many, 10)->allocated.size(), std::size_t(3));
    }

    void oneServerPerDirectory()
    {
        StoreRig rig;
        QVERIFY(rig.open());
        const auto layer = storage::makePosixFileLayer(rig.root().string());
        test::SeededRandom random(1);
        const auto second =
            storage::DiskStore::openBlocking(rig.config(), *layer, rig.pool(), rig.clock(), random);
        QVERIFY(!second);
        QCOMPARE(second.error().code(), ErrorCode::Conflict);
    }

    void refusesOldStateFiles()
    {
        StoreRig rig;
        rig.write(rig.root() / "bucket_counter.state", asBytes("(dp0"));
        const Result<void> opened = rig.open();
        QVERIFY(!opened);
        QCOMPARE(opened.error().code(), ErrorCode::Unsupported);
    }

    void clearsIncomingAtStart()
    {
        StoreRig rig;
        rig.write(rig.root() / "shares/incoming/aa/aaaaaaaaaaaaaaaaaaaaaaaaaa/0", asBytes("half"));
        QVERIFY(rig.open());
        QVERIFY(rig.snapshot().empty());
    }

    void leavesNothingWhenItStops()
    {
        StoreRig rig;
        QVERIFY(rig.open());
        QVERIFY(rig.allocate(16, {ShareNumber{0}}, 10));
        QVERIFY(rig.writePiece(16, 0, 0, asBytes("abc")));
        QVERIFY(rig.put(16, 1, asBytes("whole")));
        const auto stop = [](storage::DiskStore& store) -> asio::awaitable<bool> {
            co_await store.shutdown();
            co_return true;
        };
        QVERIFY(rig.run(stop(rig.store())));
        QCOMPARE(rig.layer().openFiles(), 0);
        QCOMPARE(textOf(rig.contents(rig.root() / "tarn-usage")), std::string("89\n"));
        QVERIFY(!rig.allocate(16, {ShareNumber{2}}, 10));
        QVERIFY(rig.openSameLayer());
        QCOMPARE(rig.snapshot().size(), std::size_t(1));
    }

    void vanishedDirectoryComesBack()
    {
        StoreRig rig;
        QVERIFY(rig.open());
        QVERIFY(rig.put(17, 0, asBytes("share")));
        const std::filesystem::path away = rig.root().string() + ".away";
        std::filesystem::rename(rig.root(), away);
        QVERIFY(!rig.allocate(18, {ShareNumber{0}}, 10));
        QCOMPARE(rig.store().health().state, storage::StoreState::Unavailable);
        QCOMPARE(rig.read(ShareKind::Immutable, 17, 0).error().code(), ErrorCode::IoFailure);
        std::filesystem::create_directory(rig.root()); // an empty mount point is not the store
        rig.clock().advance(std::chrono::minutes(2));
        QVERIFY(!rig.put(18, 0, asBytes("lost")));
        QVERIFY(std::filesystem::is_empty(rig.root()));
        std::filesystem::remove(rig.root());
        std::filesystem::rename(away, rig.root());
        rig.clock().advance(std::chrono::minutes(2));
        QVERIFY(rig.put(18, 0, asBytes("found")));
        QCOMPARE(rig.store().health().state, storage::StoreState::Healthy);
        QVERIFY(rig.read(ShareKind::Immutable, 17, 0));
    }

    void manyUploadsAtOnce()
    {
        StoreRig rig(2);
        QVERIFY(rig.open());
        int complete = 0;
        const auto upload = [](storage::DiskStore& store, std::uint8_t index, std::uint32_t share,
                               int& done) -> asio::awaitable<void> {
            const Bytes data = suiteBytes(5000, share);
            std::set<ShareNumber> asked{ShareNumber{share}};
            LeaseSecrets leases = suiteLeases(index);
            const ByteView secret = asBytes("upload secret");
            auto allocating = store.allocate(suiteIndex(index), asked, 5000, leases, secret);
            const Result<AllocateAnswer> allocated = co_await std::move(allocating);
            auto writing = store.writeShare(suiteIndex(index), ShareNumber{share}, secret, 0, data);
            const Result<WriteAnswer> left = co_await std::move(writing);
            if (allocated && left && left->required.empty()) ++done;
        };
        for (std::uint32_t i = 0; i < 200; ++i)
            asio::co_spawn(rig.engine(),
                           upload(rig.store(), static_cast<std::uint8_t>(i % 50), i, complete),
                           asio::detached);
        rig.engine().restart();
        rig.engine().run();
        QCOMPARE(complete, 200);
        QCOMPARE(rig.snapshot().size(), std::size_t(200));
        QCOMPARE(rig.status().usedSpace.value_or(0), std::uint64_t(200 * 5084));
    }
};

QTEST_GUILESS_MAIN(TestDiskStore)
#include "test_disk_store.moc"
