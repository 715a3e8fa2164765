#include "storage-server/store_paths.h"
#include "tests/support/store_rig.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <QtTest/QtTest>

#include <cerrno>
#include <set>

using namespace tarn;
using namespace tarn::storage_api;
using test::StoreRig;
using test::suiteBytes;

// Every operation that changes the disk, failed and interrupted at each of its file operations.

namespace {

constexpr std::uint64_t kNeverEnds = 2000;

using Snapshot = std::map<std::string, Bytes>;

/// One operation and what it needs to be there before.
struct Scenario
{
    const char* name;
    void (*prepare)(StoreRig& rig);
    /// \return whether the store said that it is done.
    bool (*act)(StoreRig& rig);
};

const Bytes& large()
{
    static const Bytes kLarge = suiteBytes(1'500'000, 77);
    return kLarge;
}

ReadTestWrite threeChanges()
{
    ReadTestWrite request = test::slotWrite(0, 2, asBytes("CHANGED"));
    request.shares[ShareNumber{1}].newLength = 0;
    request.shares[ShareNumber{2}].writes.push_back({0, asBytes("created")});
    return request;
}

void nothing(StoreRig& /*rig*/) {}

void twoSlots(StoreRig& rig)
{
    ReadTestWrite request = test::slotWrite(0, 0, asBytes("zero zero zero"));
    request.shares[ShareNumber{1}].writes.push_back({0, asBytes("one")});
    static_cast<void>(rig.change(1, request));
}

void largeSlot(StoreRig& rig)
{
    static_cast<void>(rig.change(1, test::slotWrite(0, 0, large())));
}

void oneShare(StoreRig& rig)
{
    rig.put(1, 0, asBytes("a share"));
}

const std::vector<Scenario>& scenarios()
{
    static const std::vector<Scenario> kAll{
        {"upload in one piece", nothing,
         [](StoreRig& rig) { return rig.put(1, 0, suiteBytes(3000, 1)); }},
        {"upload in pieces", nothing,
         [](StoreRig& rig) {
             const Bytes data = suiteBytes(3000, 1);
             if (!rig.allocate(1, {ShareNumber{0}}, 3000)) return false;
             if (!rig.writePiece(1, 0, 2000, ByteView(data).subspan(2000))) return false;
             const auto last = rig.writePiece(1, 0, 0, ByteView(data).first(2000));
             return last && last->required.empty();
         }},
        {"large upload", nothing, [](StoreRig& rig) { return rig.put(1, 0, large()); }},
        {"new slot", nothing,
         [](StoreRig& rig) { return bool(rig.change(1, test::slotWrite(0, 0, asBytes("x")))); }},
        {"overwrite", twoSlots,
         [](StoreRig& rig) { return bool(rig.change(1, test::slotWrite(0, 5, asBytes("y")))); }},
        {"delete", twoSlots,
         [](StoreRig& rig) {
             ReadTestWrite request;
             request.shares[ShareNumber{1}].newLength = 0;
             return bool(rig.change(1, request));
         }},
        {"three shares", twoSlots,
         [](StoreRig& rig) { return bool(rig.change(1, threeChanges())); }},
        {"new large slot", nothing,
         [](StoreRig& rig) { return bool(rig.change(1, test::slotWrite(0, 0, large()))); }},
        {"in a large slot", largeSlot,
         [](StoreRig& rig) {
             const ByteView data = ByteView(large()).first(600'000);
             return bool(rig.change(1, test::slotWrite(0, 1'200'000, data)));
         }},
        {"another lease", oneShare, [](StoreRig& rig) { return bool(rig.addLease(1, 2)); }},
        {"another lease on slots", twoSlots,
         [](StoreRig& rig) { return bool(rig.addLease(1, 2)); }},
    };
    return kAll;
}

void addRows()
{
    QTest::addColumn<int>("number");
    for (std::size_t i = 0; i < scenarios().size(); ++i)
        QTest::newRow(scenarios()[i].name) << static_cast<int>(i);
}

/// What is on disk before and after an undisturbed run.
std::pair<Snapshot, Snapshot> undisturbed(const Scenario& scenario)
{
    StoreRig rig;
    if (!rig.open()) return {};
    scenario.prepare(rig);
    Snapshot before = rig.snapshot();
    const bool done = scenario.act(rig);
    return {std::move(before), done ? rig.snapshot() : Snapshot()};
}

Snapshot withoutLeftovers(Snapshot files, bool leftovers)
{
    if (leftovers) {
        std::erase_if(files, [](const auto& file) {
            return file.first.starts_with(storage::kIncomingDirectory) ||
                   file.first.starts_with(storage::kJournalDirectory);
        });
    }
    return files;
}

std::map<std::string, std::size_t> sizes(const Snapshot& files)
{
    std::map<std::string, std::size_t> out;
    for (const auto& [name, bytes] : files)
        out[name] = bytes.size();
    return out;
}

std::size_t bytesIn(const Snapshot& files)
{
    std::size_t size = 0;
    for (const auto& [name, bytes] : files)
        size += bytes.size();
    return size;
}

} // namespace

class TestDiskFailures final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void failsCleanly_data() { addRows(); }
    void failsCleanly()
    {
        QFETCH(int, number);
        const Scenario& scenario = scenarios()[static_cast<std::size_t>(number)];
        const auto [before, after] = undisturbed(scenario);
        QVERIFY(!after.empty() || !before.empty());
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
                if (!fired) break;
                QVERIFY2(n + 1 < kNeverEnds, "never ends");
                if (done) continue;
                QVERIFY2(scenario.act(rig), context().constData());
                QVERIFY2(sizes(rig.snapshot()) == sizes(after), context().constData());
            }
        }
    }

    void survivesCrashes_data() { addRows(); }
    void survivesCrashes()
    {
        QFETCH(int, number);
        const Scenario& scenario = scenarios()[static_cast<std::size_t>(number)];
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
            const Snapshot found = rig.snapshot();
            QVERIFY2(found == after || (!done && found == before), context.constData());
            QVERIFY2(rig.status().usedSpace == bytesIn(found), context.constData());
            if (!fired) break;
            QVERIFY2(n + 1 < kNeverEnds, "never ends");
        }
    }

    /// A crash, and then another one at every operation of the recovery from it.
    void survivesCrashesInRecovery()
    {
        const Scenario& scenario = scenarios()[6];
        QCOMPARE(scenario.name, "three shares");
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
                const Snapshot found = rig.snapshot();
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
        twoSlots(rig);
        const Snapshot before = rig.snapshot();
        // Stop right after the journal is whole on disk, before the first change.
        Bytes journal;
        std::string name;
        for (std::uint64_t n = 0; journal.empty() && n < kNeverEnds; ++n) {
            QVERIFY(rig.open());
            rig.layer().arm(n, EIO, test::FailAt::How::Forever);
            static_cast<void>(rig.change(1, threeChanges()));
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
