// What accounts are charged for what is on disk: always as much as the share files say.
#include "storage-server/share_charge.h"
#include "storage-server/store_paths.h"
#include "tests/storage-server/store_scenarios.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <sqlite3.h>

#include <QtTest/QTest>

#include <cerrno>

using namespace tarn;
using namespace tarn::storage;
using namespace tarn::storage_api;
using namespace tarn::test;

namespace {

constexpr AccountId kAlice{2};
constexpr AccountId kBob{3};
const ByteView kUploadSecret = asBytes("an upload secret 001");
const ByteView kWriteEnabler = asBytes("write enabler of thirty-two byte");

/// What the files of all shares that somebody leases come to.
std::uint64_t onDisk(StoreRig& rig)
{
    std::uint64_t sum = 0;
    for (const auto& [name, bytes] : rig.snapshot()) {
        if (!name.starts_with(kSharesDirectory) || name.starts_with(kIncomingDirectory)) continue;
        const Result<OpenShare> share = openShare(rig.disk(), name, OpenMode::Read);
        const Result<ShareFacts> facts = factsOf(*share);
        if (facts && !facts->leases.empty()) sum += facts->charge;
    }
    return sum;
}

std::uint64_t used(StoreRig& rig, AccountId account)
{
    return rig.ledger().usage().figures(account).used;
}

std::uint64_t pledged(StoreRig& rig, AccountId account)
{
    return rig.ledger().usage().figures(account).pledged;
}

/// The store as one account uses it.
class User
{
public:
    User(StoreRig& rig, AccountId account) : m_rig(rig), m_store(rig.store().forAccount(account)) {}

    Result<AllocateAnswer> allocate(std::uint8_t index, std::uint64_t size, std::uint8_t lease = 1)
    {
        std::set<ShareNumber> asked{ShareNumber{0}};
        return m_rig.run(
            m_store->allocate(suiteIndex(index), asked, size, suiteLeases(lease), kUploadSecret));
    }
    bool put(std::uint8_t index, std::size_t size, std::uint8_t lease = 1)
    {
        const auto allocated = allocate(index, size, lease);
        if (!allocated || allocated->allocated.empty()) return false;
        const Bytes data = suiteBytes(size, index);
        const auto left = m_rig.run(
            m_store->writeShare(suiteIndex(index), ShareNumber{0}, kUploadSecret, 0, data));
        return left && left->required.empty();
    }
    Result<void> addLease(std::uint8_t index, std::uint8_t lease)
    {
        return m_rig.run(m_store->addLease(suiteIndex(index), suiteLeases(lease)));
    }
    Result<ReadTestWriteAnswer> change(std::uint8_t index, const ReadTestWrite& request,
                                       std::uint8_t lease = 1)
    {
        return m_rig.run(
            m_store->readTestWrite(suiteIndex(index), suiteLeases(lease), kWriteEnabler, request));
    }
    storage::AccountStore& store() { return *m_store; }

private:
    StoreRig& m_rig;
    std::unique_ptr<storage::AccountStore> m_store;
};

asio::awaitable<void> putOne(ShareStore& store, std::uint8_t index, std::size_t size, int& stored)
{
    const Bytes data = suiteBytes(size, index);
    std::set<ShareNumber> asked{ShareNumber{0}};
    auto allocating = store.allocate(suiteIndex(index), asked, size, suiteLeases(1), kUploadSecret);
    const auto allocated = co_await std::move(allocating);
    if (!allocated || allocated->allocated.empty()) co_return;
    auto writing = store.writeShare(suiteIndex(index), ShareNumber{0}, kUploadSecret, 0, data);
    const auto left = co_await std::move(writing);
    if (left && left->required.empty()) ++stored;
}

/// A new slot whose data come through the stage, as the protocol has it.
asio::awaitable<void> stageOne(storage::AccountStore& store, std::uint8_t index, std::size_t size,
                               int& stored)
{
    auto staging = store.stage(suiteIndex(index), size);
    const auto staged = co_await std::move(staging);
    if (!staged) co_return;
    const Bytes data = suiteBytes(size, index);
    (*staged)->begin(size, 0);
    auto writing = (*staged)->write(data);
    const Result<void> written = co_await std::move(writing);
    if (!written) co_return;
    auto finishing = (*staged)->finish();
    const Result<std::vector<ByteView>> views = co_await std::move(finishing);
    if (!views) co_return;
    const ReadTestWrite request = slotWrite(0, 0, views->at(0));
    auto changing = store.readTestWrite(suiteIndex(index), suiteLeases(1), kWriteEnabler, request);
    const auto changed = co_await std::move(changing);
    if (changed && changed->success) ++stored;
}

/// Databases that this process opens meanwhile get no larger than they are then.
class FullDatabases
{
public:
    FullDatabases() { sqlite3_auto_extension(entryPoint()); }
    ~FullDatabases() { sqlite3_cancel_auto_extension(entryPoint()); }
    FullDatabases(const FullDatabases&) = delete;
    FullDatabases& operator=(const FullDatabases&) = delete;

private:
    static int limit(sqlite3* database, char** /*error*/, const sqlite3_api_routines* /*api*/)
    {
        // Less than there are pages: as many as there are.
        return sqlite3_exec(database, "PRAGMA max_page_count = 1", nullptr, nullptr, nullptr);
    }
    static void (*entryPoint())() { return reinterpret_cast<void (*)()>(&limit); }
};

} // namespace

class TestAccountCharges final : public QObject
{
    Q_OBJECT

    std::unique_ptr<StoreRig> m_rig;

    void reopen() { QVERIFY(m_rig->open()); }

private Q_SLOTS:
    void init()
    {
        m_rig = std::make_unique<StoreRig>();
        m_rig->keepAccounts();
        reopen();
    }
    void anUploadIsPledgedThenCharged()
    {
        User alice(*m_rig, kAlice);
        QVERIFY(alice.allocate(1, 1000));
        QCOMPARE(pledged(*m_rig, kAlice), std::uint64_t(1084));
        QCOMPARE(used(*m_rig, kAlice), std::uint64_t(0));
        QVERIFY(m_rig->run(alice.store().abortShare(suiteIndex(1), ShareNumber{0}, kUploadSecret)));
        QCOMPARE(pledged(*m_rig, kAlice), std::uint64_t(0));
        QVERIFY(alice.put(1, 1000));
        QCOMPARE(pledged(*m_rig, kAlice), std::uint64_t(0));
        QCOMPARE(used(*m_rig, kAlice), std::uint64_t(1084));
        QCOMPARE(used(*m_rig, kAnonymous), std::uint64_t(0));
        reopen();
        QCOMPARE(used(*m_rig, kAlice), std::uint64_t(1084));
        QCOMPARE(onDisk(*m_rig), std::uint64_t(1084));
    }
    void anIdleUploadGivesItsPledgeBack()
    {
        User alice(*m_rig, kAlice);
        QVERIFY(alice.allocate(1, 1000));
        m_rig->clock().advance(std::chrono::hours(1));
        QVERIFY(alice.allocate(2, 10));
        QCOMPARE(pledged(*m_rig, kAlice), std::uint64_t(94));
    }
    void whoLeasesPays()
    {
        User alice(*m_rig, kAlice);
        User bob(*m_rig, kBob);
        QVERIFY(alice.put(1, 1000, 1));
        QVERIFY(bob.addLease(1, 2));
        QCOMPARE(used(*m_rig, kAlice), std::uint64_t(1084));
        QCOMPARE(used(*m_rig, kBob), std::uint64_t(1084));
        QVERIFY(bob.addLease(1, 2)); // renewed: no more than before
        QCOMPARE(used(*m_rig, kBob), std::uint64_t(1084));
        // Uploading what is there is leasing it.
        User carol(*m_rig, AccountId{4});
        const auto answer = carol.allocate(1, 1000, 3);
        QVERIFY(answer && answer->alreadyHave.size() == 1);
        QCOMPARE(used(*m_rig, AccountId{4}), std::uint64_t(1084));
    }
    void aRenewalUnderAnotherAccountMovesTheCharge()
    {
        User alice(*m_rig, kAlice);
        QVERIFY(m_rig->put(1, 0, suiteBytes(1000, 1)));
        QCOMPARE(used(*m_rig, kAnonymous), std::uint64_t(1084));
        QVERIFY(alice.addLease(1, 1));
        QCOMPARE(used(*m_rig, kAnonymous), std::uint64_t(0));
        QCOMPARE(used(*m_rig, kAlice), std::uint64_t(1084));
    }
    void slotsCostWhatTheyTake()
    {
        User alice(*m_rig, kAlice);
        QVERIFY(alice.change(1, slotWrite(0, 0, suiteBytes(1000, 1))));
        QCOMPARE(used(*m_rig, kAlice), std::uint64_t(1472));
        QVERIFY(alice.change(1, slotWrite(0, 0, suiteBytes(3000, 1))));
        QCOMPARE(used(*m_rig, kAlice), std::uint64_t(3472));
        QCOMPARE(used(*m_rig, kAlice), onDisk(*m_rig));
        ReadTestWrite deleting;
        deleting.shares[ShareNumber{0}].newLength = 0;
        QVERIFY(alice.change(1, deleting));
        QCOMPARE(used(*m_rig, kAlice), std::uint64_t(0));
        makeTwoSlots(*m_rig, 2);
        QVERIFY(m_rig->change(2, threeChanges()));
        QCOMPARE(used(*m_rig, kAnonymous), onDisk(*m_rig));
    }
    void aFullQuotaRefusesWhatAddsToIt()
    {
        m_rig->ledger().usage().setQuota(kAlice, 3000);
        User alice(*m_rig, kAlice);
        User bob(*m_rig, kBob);
        QVERIFY(alice.put(1, 1000));
        QVERIFY(bob.put(2, 2000));
        const auto nothing = alice.allocate(3, 2000);
        QVERIFY(nothing && nothing->allocated.empty());
        const auto lease = alice.addLease(2, 5);
        QVERIFY(!lease);
        QCOMPARE(lease.error().code(), ErrorCode::NoSpace);
        const auto slot = alice.change(4, slotWrite(0, 0, suiteBytes(2000, 1)));
        QVERIFY(!slot);
        QCOMPARE(slot.error().code(), ErrorCode::NoSpace);
        QVERIFY(alice.addLease(1, 1)); // what she has may be renewed
        const auto version = m_rig->run(alice.store().version());
        QVERIFY(version);
        QCOMPARE(version->availableSpace, std::uint64_t(3000 - 1084));
        QCOMPARE(version->maximumImmutableShareSize, version->availableSpace);
        QVERIFY(alice.put(5, 3000 - 1084 - 84));
        QCOMPARE(used(*m_rig, kAlice), std::uint64_t(3000));
    }
    void twentyUploadsIntoSpaceForFive()
    {
        m_rig = std::make_unique<StoreRig>(4U);
        m_rig->keepAccounts();
        reopen();
        constexpr std::size_t kSize = 10'000;
        m_rig->ledger().usage().setQuota(kAlice, 5 * (kSize + 84) + 83);
        User alice(*m_rig, kAlice);
        int stored = 0;
        for (std::uint8_t i = 0; i < 20; ++i)
            asio::co_spawn(m_rig->engine(), putOne(alice.store(), i, kSize, stored),
                           asio::detached);
        m_rig->engine().restart();
        m_rig->engine().run();
        QCOMPARE(stored, 5);
        QCOMPARE(used(*m_rig, kAlice), std::uint64_t(5 * (kSize + 84)));
        QCOMPARE(onDisk(*m_rig), std::uint64_t(5 * (kSize + 84)));
    }
    void twentySlotWritesIntoSpaceForFive()
    {
        m_rig = std::make_unique<StoreRig>(4U);
        m_rig->keepAccounts();
        reopen();
        constexpr std::size_t kSize = 200'000;
        m_rig->ledger().usage().setQuota(kAlice, 5 * (kSize + 472) + 471);
        User alice(*m_rig, kAlice);
        int stored = 0;
        for (std::uint8_t i = 0; i < 20; ++i)
            asio::co_spawn(m_rig->engine(), stageOne(alice.store(), i, kSize, stored),
                           asio::detached);
        m_rig->engine().restart();
        m_rig->engine().run();
        QVERIFY(stored >= 3 && stored <= 5); // some that race for the last places may all lose
        QCOMPARE(used(*m_rig, kAlice), std::uint64_t(stored) * (kSize + 472));
        QCOMPARE(onDisk(*m_rig), used(*m_rig, kAlice));
        QCOMPARE(pledged(*m_rig, kAlice), std::uint64_t(0));
        QCOMPARE(m_rig->status().allocatedSpace, std::uint64_t(0));
    }
    void whatIsAboveTheQuotaIsNotStaged()
    {
        constexpr std::size_t kSize = 500'000;
        m_rig->ledger().usage().setQuota(kAlice, kSize);
        User alice(*m_rig, kAlice);
        const auto tooLarge = m_rig->run(alice.store().stage(suiteIndex(1), 2 * kSize));
        QVERIFY(!tooLarge);
        QCOMPARE(tooLarge.error().code(), ErrorCode::NoSpace);
        QVERIFY(m_rig->snapshot().empty());
        {
            const auto one = m_rig->run(alice.store().stage(suiteIndex(1), kSize - 1000));
            QVERIFY(one);
            QVERIFY(pledged(*m_rig, kAlice) > 0);
            const auto another = m_rig->run(alice.store().stage(suiteIndex(2), kSize - 1000));
            QVERIFY(!another);
            QCOMPARE(another.error().code(), ErrorCode::NoSpace);
        }
        QVERIFY(m_rig->snapshot().empty());
        QCOMPARE(pledged(*m_rig, kAlice), std::uint64_t(0));
        QCOMPARE(m_rig->status().allocatedSpace, std::uint64_t(0));
        User bob(*m_rig, kBob); // nobody set him a limit
        QVERIFY(m_rig->run(bob.store().stage(suiteIndex(3), 2 * kSize)));
    }
    void whatReplacesOnesOwnIsAdmittedWithAFullQuota()
    {
        constexpr std::size_t kSize = 500'000;
        m_rig->ledger().usage().setQuota(kAlice, kSize + 472);
        User alice(*m_rig, kAlice);
        User bob(*m_rig, kBob);
        m_rig->ledger().usage().setQuota(kBob, 1000);
        QVERIFY(alice.change(1, slotWrite(0, 0, suiteBytes(kSize, 1))));
        {
            const auto same = m_rig->run(alice.store().admit(suiteIndex(1), kSize + 300));
            QVERIFY(same);
            QCOMPARE(pledged(*m_rig, kAlice), std::uint64_t(0));
            QVERIFY(!m_rig->run(alice.store().admit(suiteIndex(1), 2 * kSize)));
            QVERIFY(!m_rig->run(bob.store().admit(suiteIndex(1), kSize)));
        }
        QVERIFY(alice.change(1, slotWrite(0, 0, suiteBytes(kSize, 2))));
        QCOMPARE(used(*m_rig, kAlice), std::uint64_t(kSize + 472));
    }
    /// Its disk, not that of the shares. It comes back by itself when there is space again.
    void aFullLedgerStopsWritesUntilThereIsSpace()
    {
        std::uint8_t stored = 0;
        {
            const FullDatabases full;
            reopen();
            User alice(*m_rig, kAlice);
            while (stored < 250 && alice.put(stored, 10))
                ++stored;
            QVERIFY(stored > 5 && stored < 250);
            QCOMPARE(m_rig->store().health().state, StoreState::Suspect);
            const std::string reason = m_rig->store().health().reason;
            QVERIFY2(reason.find("database accounts.sqlite") != std::string::npos, reason.c_str());
            QVERIFY(m_rig->read(ShareKind::Immutable, 0, 0)); // reads go on
            m_rig->clock().advance(std::chrono::minutes(5));
            for (std::uint8_t i = stored; i < stored + 20; ++i)
                static_cast<void>(alice.put(i, 10));
            QCOMPARE(m_rig->store().health().state, StoreState::Suspect);
        }
        m_rig->clock().advance(std::chrono::minutes(5));
        User alice(*m_rig, kAlice);
        QVERIFY(alice.put(254, 10));
        QCOMPARE(m_rig->store().health().state, StoreState::Healthy);
        QCOMPARE(used(*m_rig, kAlice) + used(*m_rig, kAnonymous), onDisk(*m_rig));
        QCOMPARE(pledged(*m_rig, kAlice), std::uint64_t(0));
    }
    void afterADeathAtAnyMomentChargesAreRight_data() { addScenarioRows(); }
    void afterADeathAtAnyMomentChargesAreRight()
    {
        QFETCH(int, number);
        const Scenario& scenario = storeScenarios()[static_cast<std::size_t>(number)];
        for (std::uint64_t n = 0;; ++n) {
            StoreRig rig;
            rig.keepAccounts();
            QVERIFY(rig.open());
            scenario.prepare(rig);
            rig.layer().arm(n, EIO, FailAt::How::Forever);
            static_cast<void>(scenario.act(rig));
            const bool fired = rig.layer().fired();
            QVERIFY(rig.open());
            QCOMPARE(used(rig, kAnonymous), onDisk(rig));
            QVERIFY(rig.ledger().pending(1)->empty());
            if (!fired) break;
        }
    }
    void afterAFailureOfTheDiskChargesAreRight_data() { addScenarioRows(); }
    void afterAFailureOfTheDiskChargesAreRight()
    {
        QFETCH(int, number);
        const Scenario& scenario = storeScenarios()[static_cast<std::size_t>(number)];
        for (std::uint64_t n = 0;; ++n) {
            StoreRig rig;
            rig.keepAccounts();
            QVERIFY(rig.open());
            scenario.prepare(rig);
            rig.layer().arm(n, EIO);
            static_cast<void>(scenario.act(rig));
            const bool fired = rig.layer().fired();
            rig.layer().disarm();
            rig.clock().advance(std::chrono::minutes(5));
            QVERIFY(rig.put(9, 0, suiteBytes(100, 9))); // the store has come back
            QCOMPARE(used(rig, kAnonymous), onDisk(rig));
            QCOMPARE(pledged(rig, kAnonymous), std::uint64_t(0));
            if (!fired) break;
        }
    }
};

QTEST_GUILESS_MAIN(TestAccountCharges)
#include "test_account_charges.moc"
