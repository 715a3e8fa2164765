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

using AccountFiles = std::map<std::string, Bytes>;

/// The files of the accounts as they are now; what is not committed is not in them.
AccountFiles accountFiles(const StoreRig& rig)
{
    AccountFiles out;
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
    std::string judge(const DiskImage& image, const AccountFiles& accounts)
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
        QTest::addColumn<bool>("together");
        const std::vector<Scenario> all = allScenarios();
        for (std::size_t i = 0; i < all.size(); ++i) {
            const std::string name = all[i].name;
            QTest::newRow(name.c_str()) << static_cast<int>(i) << false;
            QTest::newRow((name + ", one sync for all").c_str()) << static_cast<int>(i) << true;
        }
    }
    void everyCrash()
    {
        QFETCH(int, number);
        QFETCH(bool, together);
        const Scenario scenario = allScenarios()[static_cast<std::size_t>(number)];
        const CrashStatesLimits limits{12, 6, kSeed};
        CrashStatesCount count;
        Judge judge;
        std::size_t unsynced = 0;
        for (std::uint64_t n = 0;; ++n) {
            StoreRig rig;
            rig.keepAccounts();
            if (together) rig.config().syncAllFrom = 1;
            QVERIFY(rig.open());
            scenario.prepare(rig);
            rig.record();
            QVERIFY(rig.open());
            // A commit that waits for the sync of the volume is on disk or it is not.
            std::vector<AccountFiles> states{accountFiles(rig)};
            rig.layer().beforeEach([&rig, &states] {
                if (!rig.ledger().unsynced()) states = {accountFiles(rig)};
            });
            rig.layer().arm(n, EIO, FailAt::How::Forever);
            rig.recorder().processDied();
            static_cast<void>(scenario.act(rig));
            const bool fired = rig.layer().fired();
            if (!rig.ledger().unsynced()) states.clear();
            states.push_back(accountFiles(rig));
            unsynced += states.size() - 1;
            const DiskRecord record = rig.recorder().record();
            std::string wrong;
            for (const AccountFiles& accounts : states) {
                visitCrashStates(record, record.ops.size(), limits, count,
                                 [&](const DiskImage& image) {
                                     wrong = judge.judge(image, accounts);
                                     return wrong.empty();
                                 });
                if (!wrong.empty()) break;
            }
            QVERIFY2(wrong.empty(), ("at " + std::to_string(n) + ": " + wrong).c_str());
            if (!fired) break;
        }
        qInfo("%zu states, %zu times a commit waited for the sync of the volume", count.states,
              unsynced);
    }
};

QTEST_GUILESS_MAIN(TestLedgerCrashes)
#include "test_ledger_crashes.moc"
