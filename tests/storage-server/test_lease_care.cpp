#include "storage-server/lease_care.h"
#include "storage-server/share_charge.h"
#include "storage-server/store_paths.h"
#include "tests/support/store_rig.h"

#include <QtTest/QTest>

#include <cerrno>
#include <filesystem>

using namespace tarn;
using namespace tarn::storage;
using namespace tarn::storage_api;
using namespace tarn::test;

namespace {

constexpr AccountId kAlice{2};
constexpr AccountId kBob{3};

void put(StoreRig& rig, AccountId account, std::uint8_t index, std::uint8_t lease)
{
    const auto store = rig.store().forAccount(account);
    const ByteView secret = asBytes("an upload secret 001");
    const Bytes data = suiteBytes(1000, index);
    std::set<ShareNumber> asked{ShareNumber{0}};
    static_cast<void>(rig.run(
        store->allocate(suiteIndex(index), asked, data.size(), suiteLeases(lease), secret)));
    static_cast<void>(
        rig.run(store->writeShare(suiteIndex(index), ShareNumber{0}, secret, 0, data)));
}

Result<void> lease(StoreRig& rig, AccountId account, std::uint8_t index, std::uint8_t lease)
{
    const auto store = rig.store().forAccount(account);
    return rig.run(store->addLease(suiteIndex(index), suiteLeases(lease)));
}

/// A share that Alice and Bob lease, Bob twice; and a slot of Alice's that Bob leases.
void makeShares(StoreRig& rig)
{
    put(rig, kAlice, 1, 1);
    static_cast<void>(lease(rig, kBob, 1, 2));
    static_cast<void>(lease(rig, kBob, 1, 3));
    const auto store = rig.store().forAccount(kAlice);
    const ReadTestWrite writing = slotWrite(0, 0, asBytes("a slot"));
    static_cast<void>(rig.run(store->readTestWrite(
        suiteIndex(2), suiteLeases(1), asBytes("write enabler of thirty-two byte"), writing)));
    static_cast<void>(lease(rig, kBob, 2, 2));
}

LeaseRules lettingGo(std::set<AccountId> accounts)
{
    LeaseRules rules;
    rules.letGo = std::move(accounts);
    return rules;
}

Result<LeaseFindings> care(StoreRig& rig, std::uint8_t index, const LeaseRules& rules)
{
    return rig.run(rig.store().careForLeases(suiteIndex(index), rules));
}

ShareFacts factsIn(StoreRig& rig, std::uint8_t index)
{
    const Result<OpenShare> share =
        openShare(rig.disk(), sharePath(suiteIndex(index), ShareNumber{0}), OpenMode::Read);
    return share ? factsOf(*share).value_or(ShareFacts()) : ShareFacts();
}

std::uint64_t used(StoreRig& rig, AccountId account)
{
    return rig.ledger().usage().figures(account).used;
}

} // namespace

class TestLeaseCare final : public QObject
{
    Q_OBJECT

    std::unique_ptr<StoreRig> m_rig;

private Q_SLOTS:
    void init()
    {
        m_rig = std::make_unique<StoreRig>();
        m_rig->keepAccounts();
        QVERIFY(m_rig->open());
        makeShares(*m_rig);
    }
    void whatIsWellStays()
    {
        const Files before = m_rig->snapshot();
        const auto found = care(*m_rig, 1, LeaseRules());
        QVERIFY(found);
        QVERIFY(!found->changes());
        QCOMPARE(found->shares, std::uint64_t(1));
        QVERIFY(m_rig->snapshot() == before);
    }
    void theLeasesOfWhoWasLetGoGo()
    {
        const auto found = care(*m_rig, 1, lettingGo({kBob}));
        QVERIFY(found);
        QCOMPARE(found->endedLeases, std::uint64_t(2));
        QCOMPARE(found->freedBytes, std::uint64_t(2 * 72));
        QCOMPARE(factsIn(*m_rig, 1).leases.size(), std::size_t(1));
        QCOMPARE(factsIn(*m_rig, 1).fileSize, std::uint64_t(1084));
        QCOMPARE(*m_rig->read(ShareKind::Immutable, 1, 0), suiteBytes(1000, 1));
        QVERIFY(care(*m_rig, 2, lettingGo({kBob})));
        QCOMPARE(factsIn(*m_rig, 2).leases.size(), std::size_t(1));
        QCOMPARE(*m_rig->read(ShareKind::Mutable, 2, 0), toBytes("a slot"));
        QCOMPARE(used(*m_rig, kBob), std::uint64_t(0));
        QCOMPARE(used(*m_rig, kAlice), std::uint64_t(1084 + 478));
        QVERIFY(!care(*m_rig, 1, lettingGo({kBob}))->changes());
        QCOMPARE(*m_rig->status().usedSpace, std::uint64_t(1084 + 478));
    }
    void withTheLastLeaseTheShareGoes()
    {
        const auto found = care(*m_rig, 1, lettingGo({kAlice, kBob}));
        QVERIFY(found);
        QCOMPARE(found->removedShares, std::uint64_t(1));
        QVERIFY(!m_rig->read(ShareKind::Immutable, 1, 0));
        QVERIFY(!std::filesystem::exists(m_rig->sharePath(1, 0).parent_path()));
        QCOMPARE(used(*m_rig, kBob), std::uint64_t(478));
        QVERIFY(m_rig->ledger().rowsOf(suiteIndex(1))->empty());
    }
    void leasesRunOut()
    {
        m_rig->clock().jumpWall(std::chrono::hours(24 * 20));
        QVERIFY(lease(*m_rig, kBob, 1, 3)); // renewed
        m_rig->clock().jumpWall(std::chrono::hours(24 * 12));
        LeaseRules rules;
        rules.now = unixSeconds(m_rig->clock().wallNow());
        QVERIFY(!care(*m_rig, 1, rules)->changes());
        rules.policy.enabled = true;
        QCOMPARE(care(*m_rig, 1, rules)->endedLeases, std::uint64_t(2));
        QCOMPARE(used(*m_rig, kBob), std::uint64_t(1084 + 478));
        QCOMPARE(used(*m_rig, kAlice), std::uint64_t(478));
        QCOMPARE(care(*m_rig, 2, rules)->removedShares, std::uint64_t(1));
        QCOMPARE(used(*m_rig, kAlice), std::uint64_t(0));
    }
    void whatSomebodyRemovedIsNoLongerCharged()
    {
        std::filesystem::remove(m_rig->sharePath(1, 0));
        const auto found = care(*m_rig, 1, LeaseRules());
        QVERIFY(found);
        QCOMPARE(found->drift, std::uint64_t(3));
        QCOMPARE(used(*m_rig, kAlice), std::uint64_t(478));
        QCOMPARE(used(*m_rig, kBob), std::uint64_t(478));
    }
    void leasesThatNobodyPresentedAreEverybodys()
    {
        m_rig->close();
        std::filesystem::remove(m_rig->root().parent_path() / "accounts.sqlite");
        QVERIFY(m_rig->open());
        QCOMPARE(used(*m_rig, kAnonymous), std::uint64_t(0));
        QCOMPARE(care(*m_rig, 1, LeaseRules())->drift, std::uint64_t(3));
        QCOMPARE(used(*m_rig, kAnonymous), std::uint64_t(1084));
        QVERIFY(lease(*m_rig, kAlice, 1, 1));
        QCOMPARE(used(*m_rig, kAlice), std::uint64_t(1084));
        QVERIFY(!care(*m_rig, 1, LeaseRules())->changes());
    }
    void brokenSharesAreLeftAlone()
    {
        m_rig->write(m_rig->sharePath(1, 0), asBytes("nonsense"));
        const auto found = care(*m_rig, 1, lettingGo({kAlice, kBob}));
        QVERIFY(found);
        QCOMPARE(found->brokenShares, std::uint64_t(1));
        QVERIFY(std::filesystem::exists(m_rig->sharePath(1, 0)));
    }
    void findsAllBuckets()
    {
        const auto buckets = m_rig->run(m_rig->store().bucketsOf(prefixNumber(suiteIndex(1))));
        QVERIFY(buckets);
        QVERIFY(std::find(buckets->begin(), buckets->end(), suiteIndex(1)) != buckets->end());
    }
    void allOrNothingWhateverFails_data()
    {
        QTest::addColumn<int>("index");
        QTest::addColumn<bool>("forever");
        QTest::newRow("share, failure") << 1 << false;
        QTest::newRow("share, death") << 1 << true;
        QTest::newRow("slot, failure") << 2 << false;
        QTest::newRow("slot, death") << 2 << true;
    }
    void allOrNothingWhateverFails()
    {
        QFETCH(int, index);
        QFETCH(bool, forever);
        const auto which = static_cast<std::uint8_t>(index);
        for (std::uint64_t n = 0;; ++n) {
            StoreRig rig;
            rig.keepAccounts();
            QVERIFY(rig.open());
            makeShares(rig);
            const std::size_t before = factsIn(rig, which).leases.size();
            rig.layer().arm(n, EIO, forever ? FailAt::How::Forever : FailAt::How::Once);
            const auto found = care(rig, which, lettingGo({kBob}));
            const bool fired = rig.layer().fired();
            QVERIFY(rig.open());
            const std::size_t leases = factsIn(rig, which).leases.size();
            QVERIFY(leases == 1 || (leases == before && !found));
            const std::uint64_t other = which == 1 ? 478 : 1084;
            QCOMPARE(used(rig, kBob), other + (leases == 1 ? 0 : 1562 - other));
            QVERIFY(rig.read(which == 1 ? ShareKind::Immutable : ShareKind::Mutable, which, 0));
            if (!fired) break;
        }
    }
};

QTEST_GUILESS_MAIN(TestLeaseCare)
#include "test_lease_care.moc"
