// The machine crashes at every file operation of a request: in whatever state that leaves the disk,
// the next start has the accounts say what the shares say, lease by lease.
#include "storage-server/lease_care.h"
#include "tests/storage-server/store_scenarios.h"
#include "tests/support/crash_states.h"

#include <QtTest/QTest>

#include <cerrno>

using namespace tarn;
using namespace tarn::storage;
using namespace tarn::test;

namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t kSeed = 20'261'121;
constexpr AccountId kAlice{2};

LeaseRules expiring(StoreRig& rig)
{
    LeaseRules rules;
    rules.policy.enabled = true;
    rules.now = unixSeconds(rig.clock().wallNow());
    return rules;
}

bool care(StoreRig& rig, std::uint8_t index, const LeaseRules& rules)
{
    return bool(rig.run(rig.store().careForLeases(suiteIndex(index), rules)));
}

bool twoShares(StoreRig& rig)
{
    return rig.put(1, 0, suiteBytes(900, 1)) && rig.put(1, 1, asBytes("two"));
}

const std::vector<Scenario>& leaseScenarios()
{
    static const std::vector<Scenario> kAll{
        {"a lease of two ends",
         [](StoreRig& rig) {
             static_cast<void>(twoShares(rig));
             rig.clock().jumpWall(std::chrono::hours(1000));
             static_cast<void>(rig.addLease(1, 2));
         },
         [](StoreRig& rig) { return care(rig, 1, expiring(rig)); }},
        {"the last lease ends",
         [](StoreRig& rig) {
             static_cast<void>(twoShares(rig));
             rig.clock().jumpWall(std::chrono::hours(1000));
         },
         [](StoreRig& rig) { return care(rig, 1, expiring(rig)); }},
        {"a lease on slots ends",
         [](StoreRig& rig) {
             makeTwoSlots(rig, 1);
             rig.clock().jumpWall(std::chrono::hours(1000));
             static_cast<void>(rig.addLease(1, 2));
         },
         [](StoreRig& rig) { return care(rig, 1, expiring(rig)); }},
        {"the leases of an account that is let go",
         [](StoreRig& rig) {
             static_cast<void>(twoShares(rig));
             const auto store = rig.store().forAccount(kAlice);
             static_cast<void>(rig.run(store->addLease(suiteIndex(1), suiteLeases(7))));
         },
         [](StoreRig& rig) {
             LeaseRules rules;
             rules.letGo.insert(kAlice);
             return care(rig, 1, rules);
         }},
    };
    return kAll;
}

std::vector<Scenario> allScenarios()
{
    std::vector<Scenario> out = storeScenarios();
    out.insert(out.end(), leaseScenarios().begin(), leaseScenarios().end());
    return out;
}

/// The files of the accounts as they are on disk now; what is not committed is not in them.
std::map<std::string, Bytes> accountFiles(const StoreRig& rig)
{
    std::map<std::string, Bytes> out;
    const fs::path folder = rig.root().parent_path();
    for (const char* name : {"accounts.sqlite", "accounts.sqlite-wal"})
        if (fs::exists(folder / name)) out[name] = rig.contents(folder / name);
    return out;
}

/// Starts stores on what crashes leave.
class Judge
{
public:
    Judge() { m_rig.keepAccounts(); }

    /// \return "" when the accounts say what the shares say.
    std::string judge(const DiskImage& image, const std::map<std::string, Bytes>& accounts)
    {
        m_rig.close();
        const fs::path folder = m_rig.root().parent_path();
        for (const char* name : {"accounts.sqlite", "accounts.sqlite-wal", "accounts.sqlite-shm"})
            fs::remove(folder / name);
        for (const auto& [name, bytes] : accounts)
            m_rig.write(folder / name, bytes);
        materialize(image, m_rig.root());
        if (const Result<void> opened = m_rig.open(); !opened) return opened.error().text();
        const auto pending = m_rig.ledger().pending(1);
        if (!pending || !pending->empty()) return "changes without an end";
        for (std::uint8_t index = 0; index < 16; ++index) {
            const auto found =
                m_rig.run(m_rig.store().careForLeases(suiteIndex(index), LeaseRules()));
            if (!found) return found.error().text();
            if (found->drift > 0) return "rows and leases differ";
        }
        return "";
    }

private:
    StoreRig m_rig;
};

} // namespace

class TestLedgerCrashes final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void everyCrash_data()
    {
        QTest::addColumn<int>("number");
        const std::vector<Scenario> all = allScenarios();
        for (std::size_t i = 0; i < all.size(); ++i)
            QTest::newRow(all[i].name) << static_cast<int>(i);
    }
    void everyCrash()
    {
        QFETCH(int, number);
        const Scenario scenario = allScenarios()[static_cast<std::size_t>(number)];
        const CrashStatesLimits limits{12, 6, kSeed};
        CrashStatesCount count;
        Judge judge;
        for (std::uint64_t n = 0;; ++n) {
            StoreRig rig;
            rig.keepAccounts();
            QVERIFY(rig.open());
            scenario.prepare(rig);
            rig.record();
            QVERIFY(rig.open());
            rig.layer().arm(n, EIO, FailAt::How::Forever);
            rig.recorder().processDied();
            static_cast<void>(scenario.act(rig));
            const bool fired = rig.layer().fired();
            const auto accounts = accountFiles(rig);
            const DiskRecord record = rig.recorder().record();
            std::string wrong;
            visitCrashStates(record, record.ops.size(), limits, count, [&](const DiskImage& image) {
                wrong = judge.judge(image, accounts);
                return wrong.empty();
            });
            QVERIFY2(wrong.empty(), ("at " + std::to_string(n) + ": " + wrong).c_str());
            if (!fired) break;
        }
        qInfo("%zu states", count.states);
    }
};

QTEST_GUILESS_MAIN(TestLedgerCrashes)
#include "test_ledger_crashes.moc"
