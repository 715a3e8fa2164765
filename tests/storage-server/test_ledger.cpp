#include "storage-server/ledger.h"
#include "tests/support/share_store_suite.h"

#include <sys/stat.h>

#include <QtCore/QFile>
#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

#include <algorithm>
#include <array>

using namespace tarn;
using namespace tarn::storage;
using test::suiteIndex;

namespace {

constexpr AccountId kAlice{2};
constexpr AccountId kBob{3};

LeaseKey leaseOf(std::uint8_t seed)
{
    return leaseKeyOf(test::suiteLeases(seed).renew);
}

ShareName nameOf(std::uint8_t index, std::uint32_t share)
{
    return {suiteIndex(index), ShareNumber{share}};
}

Holding holding(std::uint8_t index, std::uint8_t lease, AccountId account, std::uint64_t charge)
{
    return {nameOf(index, 0), leaseOf(lease), account, charge};
}

} // namespace

class TestLedger final : public QObject
{
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<Ledger> m_ledger;

    std::string path() const { return m_folder->filePath("accounts.sqlite").toStdString(); }
    void open()
    {
        m_ledger.reset();
        Result<std::unique_ptr<Ledger>> opened = Ledger::openBlocking(path());
        QVERIFY2(opened, opened ? "" : opened.error().message().c_str());
        m_ledger = *std::move(opened);
    }
    void hold(const Holding& what)
    {
        LedgerChange change;
        change.held.push_back(what);
        QVERIFY(m_ledger->begin(change));
        m_ledger->finish(change);
    }
    std::uint64_t used(AccountId account) { return m_ledger->usage().figures(account).used; }
    std::uint64_t shares(AccountId account) { return m_ledger->usage().figures(account).shares; }

private Q_SLOTS:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        open();
    }
    void isPrivate()
    {
        struct stat info
        {
        };
        QCOMPARE(::stat(path().c_str(), &info), 0);
        QCOMPARE(info.st_mode & 0777U, 0600U);
        QCOMPARE(::stat((path() + "-wal").c_str(), &info), 0);
        QCOMPARE(info.st_mode & 0777U, 0600U);
    }
    void chargesEachAccountOnceForAShare()
    {
        hold(holding(1, 1, kAlice, 100));
        hold(holding(1, 2, kAlice, 100)); // another lease of hers
        hold(holding(1, 3, kBob, 100));
        hold(holding(2, 1, kAlice, 11));
        QCOMPARE(used(kAlice), std::uint64_t(111));
        QCOMPARE(shares(kAlice), std::uint64_t(2));
        QCOMPARE(used(kBob), std::uint64_t(100));
        QVERIFY(m_ledger->flush());
        open();
        QCOMPARE(used(kAlice), std::uint64_t(111));
        QCOMPARE(shares(kAlice), std::uint64_t(2));
        QCOMPARE(used(kBob), std::uint64_t(100));
    }
    void aLeaseIsWhoseItWasPresentedLast()
    {
        hold(holding(1, 1, kAlice, 100));
        hold(holding(1, 1, kBob, 100));
        QCOMPARE(used(kAlice), std::uint64_t(0));
        QCOMPARE(used(kBob), std::uint64_t(100));
    }
    void aShareThatGrowsCostsAllOfThemMore()
    {
        hold(holding(1, 1, kAlice, 100));
        hold(holding(1, 2, kBob, 100));
        hold(holding(1, 1, kAlice, 150));
        QCOMPARE(used(kAlice), std::uint64_t(150));
        QCOMPARE(used(kBob), std::uint64_t(150));
    }
    void whatGoesIsNotCharged()
    {
        hold(holding(1, 1, kAlice, 100));
        hold(holding(1, 2, kBob, 100));
        LedgerChange dropping;
        dropping.dropped.push_back(holding(1, 2, kBob, 0));
        QVERIFY(m_ledger->begin(dropping));
        m_ledger->finish(dropping);
        QCOMPARE(used(kBob), std::uint64_t(0));
        QCOMPARE(used(kAlice), std::uint64_t(100));
        LedgerChange going;
        going.gone.push_back(nameOf(1, 0));
        QVERIFY(m_ledger->begin(going));
        QCOMPARE(used(kAlice), std::uint64_t(100));
        m_ledger->finish(going);
        QCOMPARE(used(kAlice), std::uint64_t(0));
        QVERIFY(m_ledger->rowsOf(suiteIndex(1))->empty());
    }
    void rowsBetweenTwoIndexesAreInOrder()
    {
        std::vector<StorageIndex> indexes;
        for (std::uint8_t i = 1; i <= 5; ++i) {
            hold(holding(i, 2, kBob, 100));
            hold(holding(i, 1, kAlice, 100));
            indexes.push_back(suiteIndex(i));
        }
        std::sort(indexes.begin(), indexes.end());
        const auto rows = m_ledger->rowsBetween(indexes[1], indexes[3]);
        QVERIFY(rows);
        QCOMPARE(rows->size(), std::size_t(6));
        const auto isBefore = [](const LedgerRow& a, const LedgerRow& b) {
            return a.share < b.share;
        };
        QVERIFY(std::is_sorted(rows->begin(), rows->end(), isBefore));
        QCOMPARE(rows->front().share.index, indexes[1]);
        QCOMPARE(rows->back().share.index, indexes[3]);
        QVERIFY(m_ledger->rowsBetween(indexes[3], indexes[1])->empty());
    }
    void whatFailsIsAsBefore()
    {
        hold(holding(1, 1, kAlice, 100));
        LedgerChange change;
        change.held.push_back(holding(1, 1, kBob, 200));
        change.held.push_back(holding(2, 1, kBob, 200));
        QVERIFY(m_ledger->begin(change));
        m_ledger->cancel(change);
        QCOMPARE(used(kAlice), std::uint64_t(100));
        QCOMPARE(used(kBob), std::uint64_t(0));
        QVERIFY(m_ledger->pending(10)->empty());
        QVERIFY(m_ledger->rowsOf(suiteIndex(2))->empty());
    }
    void aDeathLeavesWhatToLookAt()
    {
        hold(holding(1, 1, kAlice, 100));
        QVERIFY(m_ledger->flush());
        LedgerChange change;
        change.held.push_back(holding(1, 1, kAlice, 150));
        change.held.push_back(holding(2, 1, kAlice, 70));
        QVERIFY(m_ledger->begin(change));
        m_ledger->finish(change); // not committed when the process dies
        open();
        QCOMPARE(used(kAlice), std::uint64_t(100));
        const auto rows = m_ledger->pending(10);
        QVERIFY(rows);
        QCOMPARE(rows->size(), std::size_t(2));
        QCOMPARE(std::count_if(rows->begin(), rows->end(), [](auto& row) { return row.fresh; }), 1);
    }
    void plansOnlyWhatIsNew()
    {
        hold(holding(1, 1, kAlice, 100));
        const std::array<ShareCharge, 1> same{ShareCharge{ShareNumber{0}, 100}};
        const auto nothing = m_ledger->plan(kAlice, leaseOf(1), suiteIndex(1), same);
        QVERIFY(nothing && nothing->empty());
        m_ledger->usage().setQuota(kAlice, 120);
        const std::array<ShareCharge, 1> larger{ShareCharge{ShareNumber{0}, 120}};
        QVERIFY(m_ledger->plan(kAlice, leaseOf(1), suiteIndex(1), larger));
        const std::array<ShareCharge, 1> tooLarge{ShareCharge{ShareNumber{0}, 121}};
        const auto refused = m_ledger->plan(kAlice, leaseOf(1), suiteIndex(1), tooLarge);
        QVERIFY(!refused);
        QCOMPARE(refused.error().code(), ErrorCode::NoSpace);
        // A second lease on a share costs nothing.
        QVERIFY(m_ledger->plan(kAlice, leaseOf(2), suiteIndex(1), same));
    }
    void whatIsBeingFinishedIsNotPledgedTwice()
    {
        m_ledger->usage().setQuota(kAlice, 100);
        const std::array<ShareCharge, 1> whole{ShareCharge{ShareNumber{0}, 100}};
        auto published = m_ledger->plan(kAlice, leaseOf(1), suiteIndex(1), whole);
        QVERIFY(published);
        QVERIFY(m_ledger->begin(*published));
        const auto renewal = m_ledger->plan(kAlice, leaseOf(1), suiteIndex(1), whole);
        QVERIFY(renewal && renewal->empty());
        m_ledger->finish(*published);
        QCOMPARE(used(kAlice), std::uint64_t(100));
        QCOMPARE(m_ledger->usage().figures(kAlice).pledged, std::uint64_t(0));
    }
    void listsWhatAnAccountHolds()
    {
        for (std::uint8_t i = 1; i <= 5; ++i)
            hold(holding(i, 1, i == 3 ? kBob : kAlice, 10));
        std::size_t seen = 0;
        std::optional<ShareName> after;
        for (;;) {
            const auto rows = m_ledger->heldBy(kAlice, after, 2);
            QVERIFY(rows);
            if (rows->empty()) break;
            seen += rows->size();
            after = rows->back().share;
        }
        QCOMPARE(seen, std::size_t(4));
    }
    void keepsAccounts()
    {
        auto accounts = m_ledger->accounts();
        QVERIFY(accounts);
        QCOMPARE(accounts->size(), std::size_t(1));
        QVERIFY(accounts->front().id == kAnonymous && accounts->front().name == kAnonymousName);
        SystemRandom random;
        Account alice;
        alice.name = "alice";
        alice.key = crypto::Ed25519Key::generate(random).publicKey();
        alice.swissnum = Secret(std::string_view("credential"));
        alice.quota = 12345;
        const auto id = m_ledger->save(alice);
        QVERIFY(id);
        QVERIFY(*id != kAnonymous);
        alice.id = *id;
        alice.mayWrite = false;
        alice.letGo = 99;
        QVERIFY(m_ledger->save(alice));
        Account twin;
        twin.name = "alice";
        twin.swissnum = Secret(std::string_view("other"));
        const auto refused = m_ledger->save(twin);
        QVERIFY(!refused);
        QCOMPARE(refused.error().code(), ErrorCode::Conflict);
        open();
        accounts = m_ledger->accounts();
        QCOMPARE(accounts->size(), std::size_t(2));
        const Account& back = accounts->back();
        QVERIFY(back.id == *id && back.key == alice.key && back.quota == alice.quota);
        QVERIFY(back.swissnum.matches(asBytes("credential")));
        QVERIFY(back.mayRead && !back.mayWrite && back.letGo == alice.letGo && !back.revoked);
        QVERIFY(m_ledger->erase(*id));
        twin.name = "carol";
        QVERIFY(m_ledger->save(twin)->value > id->value); // no number is used twice
    }
    void keepsNotes()
    {
        QCOMPARE(*m_ledger->note("crawler"), std::string());
        QVERIFY(m_ledger->setNote("crawler", "one"));
        QVERIFY(m_ledger->setNote("crawler", "two"));
        open();
        QCOMPARE(*m_ledger->note("crawler"), std::string("two"));
    }
    void refusesWhatItDoesNotKnow()
    {
        m_ledger.reset();
        {
            auto database = SqlDatabase::openBlocking(path());
            QVERIFY(database && database->script("PRAGMA user_version = 7"));
        }
        const auto later = Ledger::openBlocking(path());
        QVERIFY(!later);
        QCOMPARE(later.error().code(), ErrorCode::Unsupported);
        QFile file(QString::fromStdString(path()));
        QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
        file.write(QByteArray(4096, 'x'));
        file.close();
        const auto broken = Ledger::openBlocking(path());
        QVERIFY(!broken);
        QCOMPARE(broken.error().code(), ErrorCode::Corrupt);
    }
    void afterAFailureNothingGoesUntilItIsOpenedAgain()
    {
        hold(holding(1, 1, kAlice, 100));
        QVERIFY(m_ledger->flush());
        {
            auto other = SqlDatabase::openBlocking(path());
            QVERIFY(other && other->script("ALTER TABLE lease RENAME TO hidden"));
            LedgerChange change;
            change.held.push_back(holding(2, 1, kAlice, 1));
            QVERIFY(!m_ledger->begin(change));
            QVERIFY(other->script("ALTER TABLE hidden RENAME TO lease"));
            QVERIFY(!m_ledger->begin(change));
        }
        QVERIFY(m_ledger->reopen());
        hold(holding(2, 1, kAlice, 1));
        QCOMPARE(used(kAlice), std::uint64_t(101));
    }
};

QTEST_GUILESS_MAIN(TestLedger)
#include "test_ledger.moc"
