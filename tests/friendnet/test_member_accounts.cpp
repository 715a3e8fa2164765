// An account for each member, as members come and go and as the owner chooses: with a real ledger,
// in virtual time.
#include "core/wire/node_id.h"
#include "profiles/friendnet/member_accounts.h"
#include "tests/support/engine.h"
#include "tests/support/friend_grid.h"
#include "tests/support/seeded_random.h"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::profiles;
using namespace tarn::test;

namespace {

constexpr Duration kGrace = std::chrono::hours(7 * 24);

/// A storage with accounts, and the view of a grid that a test makes.
class Rig
{
public:
    Rig() { open(); }
    ~Rig() { close(); }

    void open()
    {
        const std::string directory = folder.filePath("storage").toStdString();
        files = storage::makePosixFileLayer(directory);
        ledger = *storage::Ledger::openBlocking(folder.filePath("accounts.sqlite").toStdString());
        storage::StoreConfig config;
        config.directory = directory;
        store = *storage::DiskStore::openBlocking(config, *files, *pool, engine.clock(), random,
                                                  ledger.get());
        const storage::AccountBook::Parts parts{*ledger, *store, *pool, engine.clock(), random};
        book = *storage::AccountBook::openBlocking(parts);
        MemberAccounts::Parts members{
            engine.executor(),
            engine.clock(),
            *pool,
            dir,
            *book,
            [this]() -> const membership::MembershipView& { return view; },
            FriendGrid::id(0),
            usual,
            kGrace,
            [this](const crypto::Ed25519PublicKey& who) { return who == lost; },
            [this] { ++changes; }};
        accounts =
            std::make_unique<MemberAccounts>(std::move(members), *node::readChoicesBlocking(dir));
        engine.onEngine([this] { accounts->start(); });
    }

    void close()
    {
        engine.run(finish(*accounts));
        accounts.reset();
        book.reset();
        store.reset();
        ledger.reset();
    }

    static asio::awaitable<bool> finish(MemberAccounts& accounts)
    {
        co_await accounts.stop();
        co_return true;
    }

    void see(const std::vector<gossip::RecordPtr>& records)
    {
        view = viewOf(records);
        engine.onEngine([this] { accounts->look(); });
    }

    static asio::awaitable<bool> wait(Clock& clock, Duration time)
    {
        co_await clock.sleep(time);
        co_return true;
    }
    void pass(Duration time)
    {
        engine.run(wait(engine.clock(), time), time + std::chrono::hours(1));
        engine.settle();
    }

    bool choose(std::uint32_t who, node::MemberChoice choice)
    {
        const auto done = engine.run(accounts->choose(
            FriendGrid::id(who), [&choice](node::MemberChoice& kept) { kept = choice; }));
        return done && *done;
    }

    using Edit = std::function<void(node::MemberChoice&)>;
    static asio::awaitable<bool> both(MemberAccounts& accounts, Edit one, Edit other)
    {
        using namespace asio::experimental::awaitable_operators;
        auto first = accounts.choose(FriendGrid::id(1), std::move(one));
        auto second = accounts.choose(FriendGrid::id(1), std::move(other));
        const auto [a, b] = co_await (std::move(first) && std::move(second));
        co_return a&& b;
    }

    /// A share of hers.
    bool stores(std::uint32_t who)
    {
        storage_api::ShareStore& hers = *book->storeOf(of(who)->id);
        const auto done = engine.run(storeOne(hers));
        return done && *done;
    }
    static asio::awaitable<bool> storeOne(storage_api::ShareStore& hers)
    {
        const Bytes secret(20);
        const Bytes text(100);
        const ShareNumber share;
        std::set<ShareNumber> one;
        one.insert(share);
        const storage_api::LeaseSecrets leases;
        const StorageIndex index;
        const auto answer =
            co_await hers.allocate(index, std::move(one), text.size(), leases, secret);
        if (!answer) co_return false;
        const auto written = co_await hers.writeShare(index, share, secret, 0, text);
        co_return written && written->required.empty();
    }

    const storage::Account* of(std::uint32_t who) { return book->find(FriendGrid::id(who)); }

    QTemporaryDir folder;
    Engine engine;
    SeededRandom random{3};
    std::unique_ptr<WorkPool> pool = makeInlinePool();
    node::StateDir dir =
        *node::StateDir::openBlocking(folder.filePath("node").toStdString(), "node");
    membership::MembershipView view = viewOf({});
    std::optional<std::uint64_t> usual;
    std::optional<crypto::Ed25519PublicKey> lost;
    unsigned changes = 0;
    std::unique_ptr<storage::FileLayer> files;
    std::unique_ptr<storage::Ledger> ledger;
    std::unique_ptr<storage::DiskStore> store;
    std::unique_ptr<storage::AccountBook> book;
    std::unique_ptr<MemberAccounts> accounts;
};

node::MemberChoice limitedTo(std::uint64_t bytes, bool write)
{
    node::MemberChoice out;
    out.limit = bytes;
    out.write = write;
    return out;
}

bool allOff(const storage::Account& account)
{
    return !account.mayRead && !account.mayWrite && !account.keepShares;
}

bool allOn(const storage::Account& account)
{
    return account.mayRead && account.mayWrite && account.keepShares;
}

} // namespace

class TestMemberAccounts final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void membersGetAccountsAndLoseThem()
    {
        Rig rig;
        FriendGrid grid;
        grid.admit(0, 1, 2);
        grid.admit(0, 2, 2);
        QVERIFY(rig.of(1) == nullptr);
        rig.see({grid.certify(0, 0), grid.certify(0, 1), grid.certify(0, 2)});
        QVERIFY(rig.of(1) != nullptr && allOn(*rig.of(1)) && !rig.of(1)->quota);
        QVERIFY(rig.of(2) != nullptr);
        QCOMPARE(rig.of(1)->name, wire::nodeIdOf(FriendGrid::id(1)));
        QVERIFY(rig.of(0) == nullptr); // this node's own is another's matter
        const unsigned changes = rig.changes;
        rig.see({grid.certify(0, 0), grid.certify(0, 1), grid.certify(0, 2)});
        QCOMPARE(rig.changes, changes);

        const Secret credential = rig.of(1)->swissnum.clone();
        rig.see({grid.certify(0, 0), grid.certify(0, 1), grid.certify(0, 2), grid.revoke(0, 1)});
        QVERIFY(allOff(*rig.of(1)) && rig.of(1)->letGo);
        QVERIFY(allOn(*rig.of(2)));
        rig.see({grid.certify(0, 0)}); // nothing tells of them any more
        QVERIFY(allOff(*rig.of(1)) && allOff(*rig.of(2)));
        rig.see({grid.certify(0, 0), grid.certify(0, 1)});
        QVERIFY(allOn(*rig.of(1)) && !rig.of(1)->letGo && allOff(*rig.of(2)));
        QVERIFY(rig.of(1)->swissnum.matches(credential.view()));
    }
    void twoChangesAtOnceBothHold()
    {
        Rig rig;
        FriendGrid grid;
        grid.admit(0, 1, 2);
        rig.see({grid.certify(0, 0), grid.certify(0, 1)});
        const auto deny = [](node::MemberChoice& kept) { kept.write = false; };
        const auto limit = [](node::MemberChoice& kept) { kept.limit = 700; };
        QVERIFY(*rig.engine.run(Rig::both(*rig.accounts, deny, limit)));
        rig.close();
        rig.open();
        QVERIFY(!rig.accounts->choiceOf(FriendGrid::id(1)).write);
        QVERIFY(rig.accounts->choiceOf(FriendGrid::id(1)).limit == std::uint64_t{700});
    }
    void theOwnersChoiceHoldsWhateverHappens()
    {
        Rig rig;
        FriendGrid grid;
        grid.admit(0, 1, 2);
        const std::vector<gossip::RecordPtr> known{grid.certify(0, 0), grid.certify(0, 1)};
        rig.see(known);
        QVERIFY(rig.choose(1, limitedTo(500, false)));
        QVERIFY(rig.of(1)->mayRead && !rig.of(1)->mayWrite && rig.of(1)->keepShares);
        QCOMPARE(*rig.of(1)->quota, std::uint64_t{500});
        rig.close();
        rig.open();
        QVERIFY(!rig.of(1)->mayWrite);
        rig.see({known[0], known[1], grid.revoke(0, 1)});
        QVERIFY(allOff(*rig.of(1)));
        rig.see(known);
        QVERIFY(rig.of(1)->mayRead && !rig.of(1)->mayWrite);
        QCOMPARE(*rig.of(1)->quota, std::uint64_t{500});
        QVERIFY(rig.choose(1, node::MemberChoice()));
        QVERIFY(allOn(*rig.of(1)) && !rig.of(1)->quota);
    }
    void whoIsMissedForLongIsLetGoUntilItIsBack()
    {
        Rig rig;
        FriendGrid grid;
        grid.admit(0, 1, 2);
        rig.see({grid.certify(0, 0), grid.certify(0, 1)});
        QVERIFY(allOn(*rig.of(1)));
        rig.lost = FriendGrid::id(1);
        rig.pass(std::chrono::hours(2)); // nobody says so: time passes
        QVERIFY(rig.of(1)->mayRead && rig.of(1)->mayWrite);
        QVERIFY(!rig.of(1)->keepShares && rig.of(1)->letGo);
        rig.lost.reset();
        rig.engine.onEngine([&] { rig.accounts->look(); });
        QVERIFY(allOn(*rig.of(1)) && !rig.of(1)->letGo);
    }
    /// Once nothing of a former member is left, and it had its time to come back.
    void accountsOfFormerMembersGo()
    {
        Rig rig;
        FriendGrid grid;
        grid.admit(0, 1, 2);
        grid.admit(0, 2, 2);
        const std::vector<gossip::RecordPtr> known{grid.certify(0, 0), grid.certify(0, 1),
                                                   grid.certify(0, 2)};
        rig.see(known);
        const Secret credential = rig.of(1)->swissnum.clone();
        QVERIFY(rig.stores(2));
        rig.pass(kGrace * 2); // members' stay
        QVERIFY(rig.of(1) != nullptr && rig.of(2) != nullptr);
        rig.see({grid.certify(0, 0)});
        rig.pass(kGrace - std::chrono::hours(2));
        QVERIFY(rig.of(1) != nullptr && allOff(*rig.of(1)));
        const unsigned changes = rig.changes;
        rig.pass(std::chrono::hours(4));
        QVERIFY(rig.of(1) == nullptr &&
                rig.book->find(wire::nodeIdOf(FriendGrid::id(1))) == nullptr);
        QCOMPARE(rig.changes, changes + 1);
        QVERIFY(rig.of(2) != nullptr && allOff(*rig.of(2))); // her share is still there
        rig.close();
        rig.open();
        QVERIFY(rig.of(1) == nullptr);
        rig.see(known);
        QVERIFY(allOn(*rig.of(1)) && allOn(*rig.of(2)));
        QVERIFY(!rig.of(1)->swissnum.matches(credential.view()));
    }
    /// A crash came between the two steps of that, and she is back.
    void anAccountThatIsHalfGoneIsMadeAnew()
    {
        Rig rig;
        FriendGrid grid;
        grid.admit(0, 1, 2);
        rig.see({grid.certify(0, 0), grid.certify(0, 1)});
        rig.see({grid.certify(0, 0)});
        const std::string name = rig.of(1)->name;
        const auto revoked = rig.engine.run(rig.book->revoke(name));
        QVERIFY(revoked && *revoked);
        rig.close();
        rig.open();
        QVERIFY(rig.of(1) == nullptr && rig.book->find(name) != nullptr);
        rig.see({grid.certify(0, 0), grid.certify(0, 1)});
        QVERIFY(rig.of(1) != nullptr && allOn(*rig.of(1)));
        QCOMPARE(rig.book->all().size(), std::size_t{2}); // the shared one
    }
    void aCrashBetweenChoiceAndAccountIsMended()
    {
        Rig rig;
        FriendGrid grid;
        grid.admit(0, 1, 2);
        rig.see({grid.certify(0, 0), grid.certify(0, 1)});
        rig.close();
        node::MemberChoices choices;
        choices[FriendGrid::id(1)].write = false;
        QVERIFY(rig.dir.writeFile(node::kChoicesFile, node::choicesText(choices)));
        rig.open();
        QVERIFY(!rig.of(1)->mayWrite);
    }
    void limitsOfTheInviteAndTheUsualOne()
    {
        Rig rig;
        rig.usual = 1000;
        rig.close();
        rig.open();
        FriendGrid grid;
        grid.admit(0, 1, 2);
        rig.see({grid.certify(0, 0), grid.certify(0, 1)});
        QCOMPARE(*rig.of(1)->quota, std::uint64_t{1000});
        rig.engine.onEngine([&] { rig.accounts->setUsualLimit(std::uint64_t{2000}); });
        QCOMPARE(*rig.of(1)->quota, std::uint64_t{2000});
        QVERIFY(rig.choose(1, limitedTo(5000, true)));
        QCOMPARE(*rig.of(1)->quota, std::uint64_t{5000});
        rig.engine.onEngine([&] { rig.accounts->setUsualLimit(std::nullopt); });
        QCOMPARE(*rig.of(1)->quota, std::uint64_t{5000});
        QVERIFY(rig.choose(1, node::MemberChoice()));
        QVERIFY(!rig.of(1)->quota);
    }
};

QTEST_GUILESS_MAIN(TestMemberAccounts)
#include "test_member_accounts.moc"
