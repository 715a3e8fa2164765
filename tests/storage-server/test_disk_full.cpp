#include "tests/storage-server/store_scenarios.h"

#include <QtTest/QTest>

using namespace tarn;
using test::bytesIn;
using test::Scenario;
using test::sizesOf;
using test::StoreRig;
using test::storeScenarios;
using test::undisturbed;

// Every operation that changes the disk, on a disk that is full after so many bytes.

namespace {

/// At how many places the disk is full in turn: after every byte, unless there are too many.
std::uint64_t places(std::uint64_t written)
{
    return written > 20'000 ? 40 : written;
}

} // namespace

class TestDiskFull final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    /// The disk fills up after every byte (of large writes: at many of them).
    void standsAFullDisk_data() { test::addScenarioRows(); }
    void standsAFullDisk()
    {
        QFETCH(int, number);
        const Scenario& scenario = storeScenarios()[static_cast<std::size_t>(number)];
        const auto [before, after] = undisturbed(scenario);
        std::uint64_t step = 1;
        for (std::uint64_t room = 0;; room += step) {
            StoreRig rig;
            QVERIFY(rig.open());
            scenario.prepare(rig);
            rig.layer().fillAfter(room);
            const bool done = scenario.act(rig);
            const QByteArray context = "full after " + QByteArray::number(qulonglong(room));
            if (!rig.layer().fired()) {
                QVERIFY(done);
                break;
            }
            QVERIFY2(!done, context.constData());
            QVERIFY2(rig.store().health().state == storage::StoreState::Healthy,
                     context.constData());
            rig.clock().advance(std::chrono::minutes(61)); // uploads expire
            static_cast<void>(rig.allocate(201, {}, 1));
            QVERIFY2(rig.snapshot() == before, context.constData());
            QVERIFY2(rig.layer().openFiles() == 1, context.constData());
            QVERIFY2(rig.status().allocatedSpace == 0, context.constData());
            QVERIFY2(rig.status().usedSpace == bytesIn(before), context.constData());
            QVERIFY2(scenario.act(rig), context.constData());
            QVERIFY2(sizesOf(rig.snapshot()) == sizesOf(after), context.constData());
            const std::uint64_t written = rig.layer().written();
            step = std::max(step, written / places(written));
        }
    }
};

QTEST_GUILESS_MAIN(TestDiskFull)
#include "test_disk_full.moc"
