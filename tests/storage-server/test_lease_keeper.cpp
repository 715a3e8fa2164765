#include "storage-server/lease_keeper.h"
#include "storage-server/store_paths.h"
#include "tests/support/store_rig.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::storage;
using namespace tarn::test;
using namespace std::chrono_literals;

class TestLeaseKeeper final : public QObject
{
    Q_OBJECT

    std::unique_ptr<StoreRig> m_rig;
    SeededRandom m_random{31};
    std::unique_ptr<AccountBook> m_book;
    std::unique_ptr<LeaseKeeper> m_keeper;
    asio::cancellation_signal m_stop;
    bool m_ended = false;

    void open(const LeaseKeeperConfig& config)
    {
        m_keeper.reset();
        m_book.reset();
        QVERIFY(m_rig->open());
        const AccountBook::Parts parts{m_rig->ledger(), m_rig->store(), m_rig->pool(),
                                       m_rig->clock(), m_random};
        m_book = *AccountBook::openBlocking(parts);
        const LeaseKeeper::Parts keeping{m_rig->store(), *m_book, m_rig->ledger(), m_rig->pool(),
                                         m_rig->clock()};
        m_keeper = std::make_unique<LeaseKeeper>(keeping, config);
    }
    /// Runs the keeper until it has made so many rounds.
    void rounds(std::uint64_t count)
    {
        m_ended = false;
        auto done = [this](std::exception_ptr /*thrown*/, Result<void> /*result*/) {
            m_ended = true;
        };
        asio::co_spawn(m_rig->engine(), m_keeper->run(),
                       asio::bind_cancellation_slot(m_stop.slot(), done));
        const auto made = [&] { return m_keeper->status().rounds >= count; };
        QVERIFY(m_rig->clock().runUntil(m_rig->engine(), 1000h, made));
        m_stop.emit(asio::cancellation_type::terminal);
        QVERIFY(m_rig->clock().runUntil(m_rig->engine(), 1000h, [&] { return m_ended; }));
    }
    std::uint64_t used(AccountId account) { return m_rig->ledger().usage().figures(account).used; }

private Q_SLOTS:
    void init()
    {
        m_rig = std::make_unique<StoreRig>();
        m_rig->keepAccounts();
    }
    void cleanup()
    {
        m_keeper.reset();
        m_book.reset();
        m_rig.reset();
    }
    void countsWhatTheAccountsDidNotKnow()
    {
        QVERIFY(m_rig->open());
        for (std::uint8_t i = 1; i <= 20; ++i)
            QVERIFY(m_rig->put(i, 0, suiteBytes(1000, i)));
        m_rig->close();
        std::filesystem::remove(m_rig->root().parent_path() / "accounts.sqlite");
        open(LeaseKeeperConfig());
        QCOMPARE(used(kAnonymous), std::uint64_t(0));
        rounds(1);
        QCOMPARE(used(kAnonymous), std::uint64_t(20 * 1084));
        QCOMPARE(m_keeper->status().last.shares, std::uint64_t(20));
        QCOMPARE(m_keeper->status().last.drift, std::uint64_t(20));
    }
    void dropsTheLeasesOfTheRevokedAfterTheGraceTime()
    {
        open(LeaseKeeperConfig());
        QVERIFY(m_rig->run(m_book->add("alice", std::nullopt, std::nullopt)));
        const AccountId alice = m_book->find("alice")->id;
        QVERIFY(m_rig->put(1, 0, suiteBytes(1000, 1)));
        const auto store = m_rig->store().forAccount(alice);
        QVERIFY(m_rig->run(store->addLease(suiteIndex(1), suiteLeases(7))));
        QVERIFY(m_rig->run(m_book->revoke("alice")));
        rounds(1);
        QCOMPARE(used(alice), std::uint64_t(1084));
        m_rig->clock().advance(7 * 24h);
        rounds(2);
        QCOMPARE(used(alice), std::uint64_t(0));
        QVERIFY(m_book->find("alice") == nullptr);
        QCOMPARE(used(kAnonymous), std::uint64_t(1084)); // who leases it too keeps it
        QVERIFY(m_rig->read(storage_api::ShareKind::Immutable, 1, 0));
    }
    /// Somebody removed shares by hand, with their folders and all.
    void forgetsWhatIsGone()
    {
        open(LeaseKeeperConfig());
        for (std::uint8_t i = 1; i <= 5; ++i)
            QVERIFY(m_rig->put(i, 0, suiteBytes(1000, i)));
        QCOMPARE(used(kAnonymous), std::uint64_t(5 * 1084));
        for (std::uint8_t i = 1; i <= 2; ++i)
            std::filesystem::remove_all(m_rig->root() / bucketDirectory(suiteIndex(i)));
        std::filesystem::remove_all(m_rig->root() / prefixDirectory(suiteIndex(3)));
        std::filesystem::remove(m_rig->root() / sharePath(suiteIndex(4), ShareNumber{0}));
        rounds(1);
        QCOMPARE(used(kAnonymous), std::uint64_t(1084));
        QCOMPARE(m_keeper->status().last.drift, std::uint64_t(4));
        rounds(2);
        QCOMPARE(m_keeper->status().last.drift, std::uint64_t(0));
    }
    /// The shares lie on a disk of their own, which was not there at a start. Whose they are is
    /// known when it is back.
    void forgetsNothingWhileTheDiskIsAway()
    {
        constexpr std::uint8_t kShares = 40;
        open(LeaseKeeperConfig());
        QVERIFY(m_rig->run(m_book->add("alice", std::nullopt, std::nullopt)));
        const AccountId alice = m_book->find("alice")->id;
        for (std::uint8_t i = 1; i <= kShares; ++i) {
            QVERIFY(m_rig->put(i, 0, suiteBytes(1000, i)));
            const auto store = m_rig->store().forAccount(alice);
            QVERIFY(m_rig->run(store->addLease(suiteIndex(i), suiteLeases(7))));
        }
        const std::uint64_t charged = used(alice);
        QVERIFY(charged >= kShares * 1000);
        QVERIFY(m_rig->ledger().flush());
        m_keeper.reset();
        m_book.reset();
        m_rig->close();
        const std::filesystem::path shares = m_rig->root() / kSharesDirectory;
        const std::filesystem::path aside = m_rig->root() / "aside";
        std::filesystem::rename(shares, aside);
        open(LeaseKeeperConfig());
        rounds(1);
        QVERIFY(m_keeper->status().withheld);
        QCOMPARE(m_keeper->status().absentIndexes, std::uint64_t(kShares));
        QCOMPARE(used(alice), charged);
        rounds(2);
        QCOMPARE(used(alice), charged);
        // New ones come meanwhile: that does not make the others forgettable.
        QVERIFY(m_rig->put(kShares + 1, 0, suiteBytes(1000, 1)));
        rounds(3);
        QVERIFY(m_keeper->status().withheld);
        QCOMPARE(used(alice), charged);
        m_keeper.reset();
        m_book.reset();
        m_rig->close();
        std::filesystem::remove_all(shares);
        std::filesystem::rename(aside, shares);
        open(LeaseKeeperConfig());
        rounds(1);
        QVERIFY(!m_keeper->status().withheld);
        QCOMPARE(used(alice), charged);
    }
    /// The same while the server runs.
    void serversWhoseSharesVanishAreNotWell()
    {
        open(LeaseKeeperConfig());
        for (std::uint8_t i = 1; i <= 3; ++i)
            QVERIFY(m_rig->put(i, 0, suiteBytes(1000, i)));
        const std::filesystem::path shares = m_rig->root() / kSharesDirectory;
        const std::filesystem::path aside = m_rig->root() / "aside";
        std::filesystem::rename(shares, aside);
        rounds(1);
        QVERIFY(m_keeper->status().withheld);
        QCOMPARE(used(kAnonymous), std::uint64_t(3 * 1084));
        std::filesystem::remove_all(shares);
        std::filesystem::rename(aside, shares);
        rounds(2);
        QVERIFY(!m_keeper->status().withheld);
        QCOMPARE(used(kAnonymous), std::uint64_t(3 * 1084));
    }
    void forgetsThemWhenTheOperatorSaysSo()
    {
        open(LeaseKeeperConfig());
        for (std::uint8_t i = 1; i <= 40; ++i)
            QVERIFY(m_rig->put(i, 0, suiteBytes(1000, i)));
        for (std::uint8_t i = 1; i <= 30; ++i)
            std::filesystem::remove_all(m_rig->root() / bucketDirectory(suiteIndex(i)));
        rounds(1);
        QVERIFY(m_keeper->status().withheld);
        QCOMPARE(m_keeper->status().absentIndexes, std::uint64_t(30));
        QCOMPARE(used(kAnonymous), std::uint64_t(40 * 1084));
        m_keeper->forgetAbsentSoon();
        rounds(2);
        QVERIFY(!m_keeper->status().withheld);
        QCOMPARE(used(kAnonymous), std::uint64_t(10 * 1084));
        QCOMPARE(m_keeper->status().all.drift, std::uint64_t(30));
    }
    /// As a member that was denied, or has gone; what it stored is its own again when it is back.
    void dropsTheLeasesOfThoseLetGo()
    {
        open(LeaseKeeperConfig());
        QVERIFY(m_rig->run(m_book->add("bob", std::nullopt, std::nullopt)));
        const AccountId bob = m_book->find("bob")->id;
        QVERIFY(m_rig->put(1, 0, suiteBytes(1000, 1)));
        const auto store = m_rig->store().forAccount(bob);
        QVERIFY(m_rig->run(store->addLease(suiteIndex(1), suiteLeases(7))));
        AccountBook::Switches keep;
        keep.keep = true;
        QVERIFY(m_rig->run(m_book->turn("bob", keep, false)));
        m_rig->clock().advance(6 * 24h);
        rounds(1);
        QCOMPARE(used(bob), std::uint64_t(1084));
        m_rig->clock().advance(24h);
        rounds(2);
        QCOMPARE(used(bob), std::uint64_t(0));
        QCOMPARE(used(kAnonymous), std::uint64_t(1084)); // who leases it too keeps it
        QVERIFY(m_rig->read(storage_api::ShareKind::Immutable, 1, 0));
    }
    void goesOnWhereItStopped()
    {
        QVERIFY(m_rig->open());
        QVERIFY(m_rig->ledger().setNote("lease-keeper", "1023"));
        QVERIFY(m_rig->put(1, 0, suiteBytes(1000, 1)));
        open(LeaseKeeperConfig());
        rounds(1);
        QCOMPARE(m_keeper->status().last.shares, std::uint64_t(0)); // the rest of that round
        rounds(2);
        QCOMPARE(m_keeper->status().last.shares, std::uint64_t(1));
        QCOMPARE(*m_rig->ledger().note("lease-keeper"), std::string("0"));
    }
};

QTEST_GUILESS_MAIN(TestLeaseKeeper)
#include "test_lease_keeper.moc"
