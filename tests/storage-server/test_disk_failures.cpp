#include "storage-server/store_paths.h"
#include "tests/storage-server/store_scenarios.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <QtTest/QTest>

#include <cerrno>
#include <set>

using namespace tarn;
using namespace tarn::storage_api;
using test::bytesIn;
using test::Files;
using test::Scenario;
using test::sizesOf;
using test::StoreRig;
using test::storeScenarios;
using test::suiteBytes;
using test::undisturbed;

// Every operation that changes the disk, failed and interrupted at each of its file operations.

namespace {

constexpr std::uint64_t kNeverEnds = 2000;

Files withoutLeftovers(Files files, bool leftovers)
{
    if (leftovers) {
        std::erase_if(files, [](const auto& file) {
            return file.first.starts_with(storage::kIncomingDirectory) ||
                   file.first.starts_with(storage::kJournalDirectory);
        });
    }
    return files;
}

/// A number as high as possible: a crash there breaks the scenario off, and a start undoes it.
/// The sync after the last rename is too late: its failure leaves both possible.
std::uint64_t lastUndoneOperation(const Scenario& scenario)
{
    for (std::uint64_t n = 0;; ++n) {
        StoreRig rig;
        static_cast<void>(rig.open());
        scenario.prepare(rig);
        rig.layer().arm(n, EIO, test::FailAt::How::Forever);
        if (scenario.act(rig)) return n - 2;
    }
}

} // namespace

class TestDiskFailures final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void failsCleanly_data() { test::addScenarioRows(); }
    void failsCleanly()
    {
        QFETCH(int, number);
        const Scenario& scenario = storeScenarios()[static_cast<std::size_t>(number)];
        const auto [before, after] = undisturbed(scenario);
        for (const int failure : {EIO, ENOSPC}) {
            for (std::uint64_t n = 0; n < kNeverEnds; ++n) {
                StoreRig rig;
                QVERIFY(rig.open());
                scenario.prepare(rig);
                rig.layer().arm(n, failure);
                const bool done = scenario.act(rig);
                const bool fired = rig.layer().fired();
                const auto context = [&] {
                    return QByteArray("operation ") + QByteArray::number(qulonglong(n)) +
                           ", kind " + QByteArray::number(int(rig.layer().failedOp()));
                };
                rig.layer().disarm();
                rig.clock().advance(std::chrono::minutes(61)); // uploads expire, checks are due
                const auto space =
                    rig.run(rig.store().listShares(ShareKind::Mutable, test::suiteIndex(200)));
                QVERIFY2(space, context().constData());
                static_cast<void>(rig.allocate(201, {}, 1)); // lets the check run
                QVERIFY2(rig.store().health().state == storage::StoreState::Healthy,
                         context().constData());
                QVERIFY2(rig.layer().openFiles() == 1, context().constData());
                // What a failed unlink leaves behind is invisible, and goes with the next start.
                const bool leftovers = done && rig.layer().failedOp() == test::FileOp::Unlink;
                QVERIFY2(withoutLeftovers(rig.snapshot(), leftovers) == (done ? after : before),
                         context().constData());
                QVERIFY2(rig.status().allocatedSpace == 0, context().constData());
                QVERIFY2(rig.status().usedSpace == bytesIn(done ? after : before),
                         context().constData());
                QVERIFY2(done || fired, context().constData());
                if (!fired) break;
                QVERIFY2(n + 1 < kNeverEnds, "never ends");
                if (done) continue;
                QVERIFY2(scenario.act(rig), context().constData());
                QVERIFY2(sizesOf(rig.snapshot()) == sizesOf(after), context().constData());
            }
        }
    }

    /// Full for what cleans up after it, too; then there is space again. No start is needed.
    void findsBackWhenTheDiskWasFull_data() { test::addScenarioRows(); }
    void findsBackWhenTheDiskWasFull()
    {
        QFETCH(int, number);
        const Scenario& scenario = storeScenarios()[static_cast<std::size_t>(number)];
        const auto [before, after] = undisturbed(scenario);
        for (std::uint64_t n = 0; n < kNeverEnds; ++n) {
            StoreRig rig;
            QVERIFY(rig.open());
            scenario.prepare(rig);
            rig.layer().arm(n, ENOSPC, test::FailAt::How::Forever);
            const bool done = scenario.act(rig);
            const bool fired = rig.layer().fired();
            const QByteArray context = "from operation " + QByteArray::number(qulonglong(n)) +
                                       ", kind " + QByteArray::number(int(rig.layer().failedOp()));
            rig.layer().disarm();
            rig.clock().advance(std::chrono::minutes(61)); // uploads expire, checks are due
            static_cast<void>(rig.allocate(201, {}, 1));   // lets the check run
            QVERIFY2(rig.store().health().state == storage::StoreState::Healthy,
                     context.constData());
            QVERIFY2(rig.layer().openFiles() == 1, context.constData());
            if (!done) {
                // An upload may be there: its name could not be taken back.
                static_cast<void>(scenario.act(rig));
                QVERIFY2(sizesOf(withoutLeftovers(rig.snapshot(), true)) == sizesOf(after),
                         context.constData());
            }
            if (!fired) break;
        }
    }

    /// Requests that only read fail alone: no check of the disk, nothing left open.
    void readsFailCleanly()
    {
        StoreRig rig;
        QVERIFY(rig.open());
        QVERIFY(rig.put(1, 0, suiteBytes(3000, 1)));
        test::makeTwoSlots(rig, 2);
        const auto all = [&rig] {
            const bool listed =
                bool(rig.run(rig.store().listShares(ShareKind::Immutable, test::suiteIndex(1))));
            const bool read = bool(rig.read(ShareKind::Immutable, 1, 0));
            const bool slot = bool(rig.read(ShareKind::Mutable, 2, 1));
            const bool told = bool(rig.run(rig.store().advisories(10)));
            const bool version = bool(rig.run(rig.store().version()));
            return listed && read && slot && told && version;
        };
        for (std::uint64_t n = 0; n < kNeverEnds; ++n) {
            rig.layer().arm(n, EIO);
            const bool good = all();
            const bool fired = rig.layer().fired();
            rig.layer().disarm();
            QCOMPARE(rig.layer().openFiles(), 1);
            rig.clock().advance(std::chrono::minutes(2));
            QVERIFY(all());
            if (!fired) {
                QVERIFY(good);
                break;
            }
        }
    }

    /// A start that fails leaves nothing open and nothing changed for the next one.
    void startsFailCleanly()
    {
        const std::uint64_t lastChance = lastUndoneOperation(test::scenarioCalled("three shares"));
        StoreRig rig;
        QVERIFY(rig.open());
        test::makeTwoSlots(rig, 1);
        const Files before = rig.snapshot();
        bool fired = true;
        for (std::uint64_t n = 0; fired && n < kNeverEnds; ++n) {
            // A change that was broken off is to be undone.
            rig.layer().arm(lastChance, EIO, test::FailAt::How::Forever);
            QVERIFY(!rig.change(1, test::threeChanges()));
            rig.close();
            rig.layer().arm(n, EIO);
            const Result<void> opened = rig.openSameLayer();
            fired = rig.layer().fired();
            rig.layer().disarm();
            if (!opened) QCOMPARE(rig.layer().openFiles(), 0);
            QVERIFY(rig.openSameLayer());
            QVERIFY(rig.snapshot() == before);
            QCOMPARE(rig.status().usedSpace.value_or(0), bytesIn(before));
        }
        QVERIFY(!fired);
    }

    /// A stop that fails is still a stop, and the next start counts right.
    void stopsFailCleanly()
    {
        const auto stop = [](storage::DiskStore& store) -> asio::awaitable<bool> {
            co_await store.shutdown();
            co_return true;
        };
        StoreRig rig;
        QVERIFY(rig.open());
        test::makeTwoSlots(rig, 1);
        const std::size_t bytes = bytesIn(rig.snapshot());
        bool fired = true;
        for (std::uint64_t n = 0; fired && n < kNeverEnds; ++n) {
            rig.layer().arm(n, EIO);
            QVERIFY(rig.run(stop(rig.store())));
            fired = rig.layer().fired();
            rig.layer().disarm();
            QCOMPARE(rig.layer().openFiles(), 0);
            QVERIFY(rig.openSameLayer());
            QCOMPARE(rig.status().usedSpace.value_or(0), bytes);
        }
        QVERIFY(!fired);
    }

    void survivesCrashes_data() { test::addScenarioRows(); }
    void survivesCrashes()
    {
        QFETCH(int, number);
        const Scenario& scenario = storeScenarios()[static_cast<std::size_t>(number)];
        const auto [before, after] = undisturbed(scenario);
        for (std::uint64_t n = 0; n < kNeverEnds; ++n) {
            StoreRig rig;
            QVERIFY(rig.open());
            scenario.prepare(rig);
            rig.layer().arm(n, EIO, test::FailAt::How::Forever);
            const bool done = scenario.act(rig);
            const bool fired = rig.layer().fired();
            const QByteArray context = "stopped at " + QByteArray::number(qulonglong(n));
            QVERIFY2(rig.open(), context.constData());
            const Files found = rig.snapshot();
            QVERIFY2(found == after || (!done && found == before), context.constData());
            QVERIFY2(rig.status().usedSpace == bytesIn(found), context.constData());
            if (!fired) break;
            QVERIFY2(n + 1 < kNeverEnds, "never ends");
        }
    }

    /// A crash, and then another one at every operation of the recovery from it.
    void survivesCrashesInRecovery_data()
    {
        QTest::addColumn<QString>("name");
        for (const char* name : {"three shares", "within two slots"})
            QTest::newRow(name) << QString(name);
    }
    void survivesCrashesInRecovery()
    {
        QFETCH(QString, name);
        const Scenario& scenario = test::scenarioCalled(name.toStdString());
        const auto [before, after] = undisturbed(scenario);
        for (std::uint64_t n = 0; n < kNeverEnds; ++n) {
            bool fired = false;
            for (std::uint64_t m = 0; m < kNeverEnds; ++m) {
                StoreRig rig;
                QVERIFY(rig.open());
                scenario.prepare(rig);
                rig.layer().arm(n, EIO, test::FailAt::How::Forever);
                static_cast<void>(scenario.act(rig));
                fired = rig.layer().fired();
                rig.layer().arm(m, EIO, test::FailAt::How::Forever);
                static_cast<void>(rig.openSameLayer());
                const bool again = rig.layer().fired();
                QVERIFY(rig.open());
                const Files found = rig.snapshot();
                QVERIFY(found == after || found == before);
                if (!again) break;
            }
            if (!fired) break;
        }
    }

    void tornJournalsAreNoJournals()
    {
        StoreRig rig;
        QVERIFY(rig.open());
        test::makeTwoSlots(rig, 1);
        const Files before = rig.snapshot();
        // Stop right after the journal is whole on disk, before the first change.
        Bytes journal;
        std::string name;
        for (std::uint64_t n = 0; journal.empty() && n < kNeverEnds; ++n) {
            QVERIFY(rig.open());
            rig.layer().arm(n, EIO, test::FailAt::How::Forever);
            static_cast<void>(rig.change(1, test::threeChanges()));
            if (rig.layer().failedOp() != test::FileOp::SyncDirectory) continue;
            for (const auto& [file, bytes] : rig.snapshot())
                if (file.ends_with(".undo")) name = file, journal = bytes;
        }
        QVERIFY(journal.size() > 100);
        for (std::size_t size = 0; size <= journal.size(); ++size) {
            rig.close();
            rig.write(rig.root() / name, ByteView(journal).first(size));
            QVERIFY(rig.open());
            QVERIFY(rig.snapshot() == before);
        }
        for (std::size_t at = 0; at < journal.size(); ++at) {
            rig.close();
            Bytes spoiled = journal;
            spoiled[at] ^= std::byte{0x10};
            rig.write(rig.root() / name, spoiled);
            QVERIFY(rig.open());
            QVERIFY(rig.snapshot() == before);
        }
    }

    void failedSyncFailsAllThatWait_data()
    {
        QTest::addColumn<std::uint64_t>("number");
        for (std::uint64_t i = 0; i < 4; ++i)
            QTest::addRow("syncfs %d", int(i)) << i;
    }
    void failedSyncFailsAllThatWait()
    {
        QFETCH(std::uint64_t, number);
        constexpr std::uint32_t kUploads = 40;
        StoreRig rig;
        QVERIFY(rig.open());
        std::uint32_t acknowledged = 0;
        const auto upload = [](storage::DiskStore& store, std::uint8_t index,
                               std::uint32_t& done) -> asio::awaitable<void> {
            const Bytes data = suiteBytes(2000, index);
            const ByteView secret = asBytes("upload secret");
            std::set<ShareNumber> asked{ShareNumber{0}};
            auto allocating = store.allocate(test::suiteIndex(index), asked, data.size(),
                                             test::suiteLeases(1), secret);
            static_cast<void>(co_await std::move(allocating));
            auto writing =
                store.writeShare(test::suiteIndex(index), ShareNumber{0}, secret, 0, data);
            const Result<WriteAnswer> left = co_await std::move(writing);
            if (left && left->required.empty()) ++done;
        };
        rig.layer().armNext(test::FileOp::SyncAll, EIO, number);
        for (std::uint32_t i = 0; i < kUploads; ++i)
            asio::co_spawn(rig.engine(),
                           upload(rig.store(), static_cast<std::uint8_t>(i), acknowledged),
                           asio::detached);
        rig.engine().restart();
        rig.engine().run();
        // What was acknowledged is there, and nothing else is.
        const bool failed = rig.layer().fired();
        QVERIFY(failed == (acknowledged < kUploads));
        QCOMPARE(rig.snapshot().size(), std::size_t(acknowledged));
        QVERIFY(!failed || rig.store().health().state == storage::StoreState::Suspect);
        QCOMPARE(rig.layer().openFiles(), 1);
    }

    void failedSyncEndsTheUploads()
    {
        StoreRig rig;
        QVERIFY(rig.open());
        QVERIFY(rig.allocate(2, {ShareNumber{0}}, 100));
        QVERIFY(rig.writePiece(2, 0, 0, suiteBytes(50, 2)));
        rig.layer().armNext(test::FileOp::SyncFile, EIO);
        QVERIFY(!rig.put(3, 0, asBytes("share")));
        QCOMPARE(rig.store().health().state, storage::StoreState::Suspect);
        QVERIFY(!rig.store().health().reason.empty());
        QCOMPARE(rig.writePiece(2, 0, 50, suiteBytes(50, 3)).error().code(), ErrorCode::IoFailure);
        rig.clock().advance(std::chrono::minutes(2));
        // The check passes, but what was sent before the failure cannot be trusted.
        QCOMPARE(rig.writePiece(2, 0, 50, suiteBytes(50, 3)).error().code(), ErrorCode::NotFound);
        QVERIFY(rig.put(2, 0, suiteBytes(100, 4)));
    }
};

QTEST_GUILESS_MAIN(TestDiskFailures)
#include "test_disk_failures.moc"
