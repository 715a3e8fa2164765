// Circles of several nodes that hear each other without a network, in virtual time: founding,
// invites, newcomers, what all come to know, restarts, revocations, renewals.
#include "core/crypto/sha256.h"
#include "core/node/record_file.h"
#include "profiles/friendnet/circle.h"
#include "tests/support/engine.h"
#include "tests/support/seeded_random.h"

#include <QtCore/QDir>
#include <QtCore/QFile>
#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

#include <algorithm>
#include <set>

using namespace tarn;
using namespace tarn::profiles;
using namespace tarn::membership;
using namespace tarn::test;

namespace {

/// What the two ends of a connection know.
Secret exporterOf(std::uint64_t connection)
{
    Bytes seed;
    appendBig(seed, connection);
    const Hash256 digest = crypto::sha256(seed);
    return Secret(digest.view());
}

/// Of a machine whose wall clock is wrong.
class SkewedClock final : public Clock
{
public:
    explicit SkewedClock(Clock& right) : m_right(right) {}
    TimePoint now() const override { return m_right.now(); }
    WallTime wallNow() const override { return m_right.wallNow() + ahead; }
    asio::awaitable<void> sleep(Duration duration) override { return m_right.sleep(duration); }

    Duration ahead{0};

private:
    Clock& m_right;
};

/// Nodes in one folder, which hear each other at once while they run.
class World
{
public:
    struct Node
    {
        std::string name;
        std::optional<node::StateDir> dir;
        std::optional<crypto::Ed25519Key> key;
        std::unique_ptr<SkewedClock> clock;
        std::unique_ptr<Circle> circle; ///< null: it sleeps
        bool deaf = false;              ///< none of its messages arrive, nor any for it
        unsigned told = 0;              ///< how often members changed
    };

    ~World()
    {
        for (auto& one : nodes)
            if (one->circle) stop(*one);
    }

    Node& add(const std::string& name)
    {
        auto one = std::make_unique<Node>();
        one->name = name;
        one->dir =
            *node::StateDir::openBlocking(folder.filePath(name.c_str()).toStdString(), "node");
        one->key = crypto::Ed25519Key::generate(random);
        one->clock = std::make_unique<SkewedClock>(engine.clock());
        nodes.push_back(std::move(one));
        return *nodes.back();
    }

    Result<void> open(Node& node, const Ed25519PublicKey& founder)
    {
        Circle::Parts parts{engine.executor(), *node.clock, random,    *pool,   *node.dir,
                            *node.key,         founder,     node.name, "Family"};
        TARN_TRY(node.circle, Circle::openBlocking(std::move(parts)));
        Circle::Listener listener;
        listener.send = [this, &node](const Ed25519PublicKey& to, gossip::GossipMessage message) {
            carry(node, to, std::move(message));
        };
        listener.members = [&node] { ++node.told; };
        node.circle->start(std::move(listener));
        gossip::ServerAnnouncement told;
        told.nickname = node.name;
        told.software = "test";
        told.locations = {"tcp:192.0.2.1:" + std::to_string(4000 + nodes.size())};
        told.spkiHash = crypto::spkiHashOf(node.key->publicKey());
        node.circle->announce(told);
        pass(std::chrono::seconds(1));
        return ok();
    }

    void stop(Node& node)
    {
        engine.run(finish(*node.circle));
        node.circle.reset();
    }

    /// What was not on disk when this is called is lost.
    void kill(Node& node)
    {
        const QString from = QString::fromStdString(node.dir->path());
        const QString kept = folder.filePath("kept");
        QDir(kept).removeRecursively();
        QDir().mkpath(kept + "/private");
        const QStringList files{"members", "private/invites", "announcement-sequence"};
        for (const QString& file : files)
            QFile::copy(from + "/" + file, kept + "/" + file);
        stop(node);
        for (const QString& file : files) {
            QFile::remove(from + "/" + file);
            QFile::copy(kept + "/" + file, from + "/" + file);
        }
    }

    static asio::awaitable<bool> finish(Circle& circle)
    {
        co_await circle.stop();
        co_return true;
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

    Node* find(const Ed25519PublicKey& key)
    {
        for (auto& one : nodes)
            if (one->key->publicKey() == key) return one.get();
        return nullptr;
    }

    /// As bytes, and later, as a network does.
    void carry(Node& from, const Ed25519PublicKey& to, gossip::GossipMessage message)
    {
        Bytes bytes = gossip::encodeMessage(message);
        asio::post(engine.context(), [this, &from, to, bytes] {
            if (!from.circle) return;
            Node* const other = find(to);
            const bool arrives = other != nullptr && other->circle && !other->deaf && !from.deaf &&
                                 other->circle->records().belongs(from.key->publicKey());
            if (!arrives) {
                from.circle->records().failed(to);
                return;
            }
            const gossip::GossipMessage answer = other->circle->records().answer(
                from.key->publicKey(), *gossip::decodeMessage(bytes));
            from.circle->records().answered(to, *gossip::decodeMessage(encodeMessage(answer)));
        });
    }

    Result<InviteId> invite(Node& inviter, InviteWish wish)
    {
        auto made = engine.run(inviter.circle->createInvite(std::move(wish)));
        return made ? *made : Error(ErrorCode::Timeout, "no invite");
    }

    InviteLink linkOf(Node& inviter, const InviteId& id)
    {
        const Result<Secret> text = inviter.circle->linkOf(id);
        return *parseInvite(asText(text->view()));
    }

    RedeemAnswer redeem(Node& at, const InviteLink& link, const Node& newcomer)
    {
        const std::uint64_t connection = ++connections;
        const Secret exporter = exporterOf(connection);
        RedeemRequest request = *makeRedeem(link, *newcomer.key, newcomer.name, exporter.view());
        auto answer = engine.run(at.circle->redeem(std::move(request), exporterOf(connection)));
        return answer && *answer ? **answer : RedeemAnswer();
    }

    /// What a welcomed newcomer keeps and begins with.
    Result<void> begin(Node& newcomer, const InviteLink& link, const RedeemAnswer& answer)
    {
        TARN_TRY(const Lineage lineage, checkWelcome(link, newcomer.key->publicKey(), answer));
        std::vector<gossip::RecordPtr> records = answer.records;
        records.push_back(answer.certificate);
        TARN_TRY_VOID(node::writeRecordsBlocking(newcomer.dir->pathOf(kMembersFile), records));
        return open(newcomer, lineage.root());
    }

    static InviteWish wish(unsigned depth = 1, bool preApproved = true)
    {
        InviteWish out;
        out.terms.depth = depth;
        out.preApproved = preApproved;
        return out;
    }

    Node& founder(const std::string& name = "alice")
    {
        Node& out = add(name);
        const Result<void> opened = open(out, out.key->publicKey());
        if (!opened) qFatal("%s", opened.error().text().c_str());
        return out;
    }

    Node& member(Node& inviter, const std::string& name, unsigned depth = 1)
    {
        Node& out = add(name);
        const InviteId id = *invite(inviter, wish(depth));
        const InviteLink link = linkOf(inviter, id);
        const Result<void> begun = begin(out, link, redeem(inviter, link, out));
        if (!begun) qFatal("%s", begun.error().text().c_str());
        return out;
    }

    static std::set<std::string> namesAt(const Node& node, Standing standing = Standing::Live)
    {
        std::set<std::string> out;
        for (const auto& [key, member] : node.circle->view().members())
            if (member.standing == standing) out.insert(member.name);
        return out;
    }

    Engine engine;
    SeededRandom random{11};
    std::unique_ptr<WorkPool> pool = makeInlinePool();
    QTemporaryDir folder;
    std::vector<std::unique_ptr<Node>> nodes;
    std::uint64_t connections = 0;
};

using Names = std::set<std::string>;

} // namespace

class TestCircle final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void aFounderIsThereAgainAfterAStart()
    {
        World world;
        World::Node& alice = world.founder();
        QVERIFY(alice.circle->isMember());
        QCOMPARE(World::namesAt(alice), Names{"alice"});
        const GridId grid = alice.circle->grid();
        world.stop(alice);
        QVERIFY(world.open(alice, alice.key->publicKey()));
        QCOMPARE(World::namesAt(alice), Names{"alice"});
        QVERIFY(alice.circle->grid() == grid);
        std::size_t certificates = 0;
        for (const gossip::RecordPtr& record : alice.circle->records().all())
            if (record->content().kind == gossip::RecordKind::Certificate) ++certificates;
        QCOMPARE(certificates, std::size_t{1});
    }
    void namesThatAreNoneFoundNothing()
    {
        World world;
        World::Node& node = world.add("two lines");
        node.name = "two\nlines";
        const Result<void> opened = world.open(node, node.key->publicKey());
        QVERIFY(!opened && opened.error().code() == ErrorCode::InvalidInput);
    }
    void aFriendComesInAndIsKnown()
    {
        World world;
        World::Node& alice = world.founder();
        World::Node& bob = world.member(alice, "bob");
        QCOMPARE(World::namesAt(bob), (Names{"alice", "bob"}));
        world.pass(std::chrono::seconds(10));
        for (World::Node* node : {&alice, &bob}) {
            QCOMPARE(World::namesAt(*node), (Names{"alice", "bob"}));
            QCOMPARE(node->circle->records().announcements().size(), std::size_t{2});
        }
    }
    void whoIsNotApprovedWaits()
    {
        World world;
        World::Node& alice = world.founder();
        World::Node& bob = world.add("bob");
        const InviteId id = *world.invite(alice, World::wish(1, false));
        const InviteLink link = world.linkOf(alice, id);
        QVERIFY(world.redeem(alice, link, bob).outcome == RedeemOutcome::Waiting);
        world.kill(alice);
        QVERIFY(world.open(alice, alice.key->publicKey()));
        QVERIFY(alice.circle->invites().find(id)->state == InviteState::Claimed);
        QVERIFY(world.redeem(alice, link, bob).outcome == RedeemOutcome::Waiting);
        const auto approved = world.engine.run(alice.circle->approve(id));
        QVERIFY(approved && *approved);
        world.kill(alice);
        QVERIFY(world.open(alice, alice.key->publicKey()));
        const RedeemAnswer answer = world.redeem(alice, link, bob);
        QVERIFY(answer.outcome == RedeemOutcome::Welcome);
        // The answer may be lost: who asks again is told the same.
        world.kill(alice);
        QVERIFY(world.open(alice, alice.key->publicKey()));
        const RedeemAnswer again = world.redeem(alice, link, bob);
        QVERIFY(again.outcome == RedeemOutcome::Welcome);
        QVERIFY(equal(again.certificate->payload(), answer.certificate->payload()));
        QVERIFY(world.begin(bob, link, again));
        QCOMPARE(World::namesAt(alice), (Names{"alice", "bob"}));
    }
    void anInviteIsUsedOnce()
    {
        World world;
        World::Node& alice = world.founder();
        World::Node& bob = world.add("bob");
        World::Node& eve = world.add("eve");
        const InviteLink link = world.linkOf(alice, *world.invite(alice, World::wish()));
        QVERIFY(world.redeem(alice, link, bob).outcome == RedeemOutcome::Welcome);
        const RedeemAnswer refused = world.redeem(alice, link, eve);
        QVERIFY(refused.outcome == RedeemOutcome::Refused);
        QCOMPARE(refused.reason, std::string("this invite was used by somebody else"));
        // A member is not let in a second time, and the invite stays whole.
        const InviteId other = *world.invite(alice, World::wish());
        const RedeemAnswer twice = world.redeem(alice, world.linkOf(alice, other), bob);
        QCOMPARE(twice.reason, std::string("this node is a member already"));
        QVERIFY(alice.circle->invites().find(other)->state == InviteState::Live);
    }
    void wrongProofsBurn()
    {
        World world;
        World::Node& alice = world.founder();
        World::Node& bob = world.add("bob");
        const InviteId id = *world.invite(alice, World::wish());
        const InviteLink link = world.linkOf(alice, id);
        InviteLink wrong = link;
        world.random.fill(wrong.token.mutableView());
        for (unsigned i = 0; i < kMostFailedProofs; ++i) {
            if (i == 3) {
                world.kill(alice);
                QVERIFY(world.open(alice, alice.key->publicKey()));
            }
            QVERIFY(world.redeem(alice, wrong, bob).outcome == RedeemOutcome::Refused);
        }
        QVERIFY(alice.circle->invites().find(id)->state == InviteState::Burned);
        QVERIFY(world.redeem(alice, link, bob).outcome == RedeemOutcome::Refused);
        QCOMPARE(World::namesAt(alice), Names{"alice"});
    }
    void aProofIsForOneConnection()
    {
        World world;
        World::Node& alice = world.founder();
        World::Node& bob = world.add("bob");
        const InviteLink link = world.linkOf(alice, *world.invite(alice, World::wish()));
        const Secret seen = exporterOf(1);
        RedeemRequest replayed = *makeRedeem(link, *bob.key, "bob", seen.view());
        const auto answer = world.engine.run(alice.circle->redeem(replayed, exporterOf(2)));
        QVERIFY(answer && *answer && (*answer)->outcome == RedeemOutcome::Refused);
    }
    void allLearnOfAll()
    {
        World world;
        World::Node& alice = world.founder();
        World::Node& bob = world.member(alice, "bob", 3);
        World::Node& carol = world.member(bob, "carol", 2);
        World::Node& dave = world.member(carol, "dave", 1);
        world.pass(std::chrono::seconds(60));
        for (World::Node* node : {&alice, &bob, &carol, &dave}) {
            QCOMPARE(World::namesAt(*node), (Names{"alice", "bob", "carol", "dave"}));
            QCOMPARE(node->circle->records().announcements().size(), std::size_t{4});
        }
        // Depth falls: dave may invite nobody who invites.
        const Result<InviteId> tooDeep = world.invite(dave, World::wish(1));
        QVERIFY(!tooDeep && tooDeep.error().code() == ErrorCode::Unauthorized);
        QVERIFY(world.invite(dave, World::wish(0)));
    }
    void aRevocationReachesAllAndWhoCameThroughIt()
    {
        World world;
        World::Node& alice = world.founder();
        World::Node& bob = world.member(alice, "bob", 3);
        World::Node& carol = world.member(bob, "carol", 2);
        World::Node& dave = world.member(alice, "dave", 2);
        world.pass(std::chrono::seconds(30));
        const auto notMine = world.engine.run(dave.circle->revoke(bob.key->publicKey()));
        QVERIFY(notMine && !*notMine && notMine->error().code() == ErrorCode::Unauthorized);
        const auto self = world.engine.run(bob.circle->revoke(bob.key->publicKey()));
        QVERIFY(self && !*self && self->error().code() == ErrorCode::Conflict);
        const auto revoked = world.engine.run(alice.circle->revoke(bob.key->publicKey()));
        QVERIFY(revoked && *revoked);
        QVERIFY(!alice.circle->records().endingsOf(bob.key->publicKey()).empty());
        world.pass(std::chrono::seconds(4)); // a round of gossip
        QCOMPARE(World::namesAt(alice), (Names{"alice", "dave"}));
        QCOMPARE(World::namesAt(dave), (Names{"alice", "dave"}));
        world.kill(alice);
        QVERIFY(world.open(alice, alice.key->publicKey()));
        QCOMPARE(World::namesAt(alice), (Names{"alice", "dave"}));
        QVERIFY(!alice.circle->records().belongs(carol.key->publicKey()));
        // Its key stays outside, whatever invite it gets.
        const InviteLink link = world.linkOf(dave, *world.invite(dave, World::wish(0)));
        const RedeemAnswer answer = world.redeem(dave, link, bob);
        QCOMPARE(answer.reason, std::string("this node's key was revoked in this grid"));
    }
    void whoLeavesIsGoneAndItsGuestsStay()
    {
        World world;
        World::Node& alice = world.founder();
        World::Node& bob = world.member(alice, "bob", 3);
        World::Node& carol = world.member(bob, "carol", 2);
        world.pass(std::chrono::seconds(30));
        const auto left = world.engine.run(bob.circle->leave());
        QVERIFY(left && *left);
        const auto again = world.engine.run(bob.circle->leave());
        QVERIFY(again && !*again && again->error().code() == ErrorCode::Conflict);
        world.pass(std::chrono::seconds(4));
        for (World::Node* node : {&alice, &carol}) {
            QCOMPARE(World::namesAt(*node), (Names{"alice", "carol"}));
            QCOMPARE(World::namesAt(*node, Standing::Departed), Names{"bob"});
        }
        QVERIFY(!bob.circle->isMember());
        world.kill(bob);
        QVERIFY(world.open(bob, alice.key->publicKey()));
        QVERIFY(!bob.circle->isMember());
        // It may be let in again, later.
        world.pass(std::chrono::seconds(5));
        const InviteLink link = world.linkOf(alice, *world.invite(alice, World::wish()));
        const RedeemAnswer answer = world.redeem(alice, link, bob);
        QCOMPARE(answer.reason, std::string());
    }
    void aCancelledInviteDoesNotCount()
    {
        World world;
        World::Node& alice = world.founder();
        World::Node& bob = world.add("bob");
        const InviteId id = *world.invite(alice, World::wish());
        const InviteLink link = world.linkOf(alice, id);
        const auto cancelled = world.engine.run(alice.circle->cancel(id));
        QVERIFY(cancelled && *cancelled);
        QVERIFY(world.redeem(alice, link, bob).outcome == RedeemOutcome::Refused);
        QVERIFY(!alice.circle->linkOf(id));
        const InviteId late = *world.invite(alice, World::wish());
        const InviteLink lateLink = world.linkOf(alice, late);
        world.pass(std::chrono::hours(7 * 24 + 1));
        const RedeemAnswer expired = world.redeem(alice, lateLink, bob);
        QCOMPARE(expired.reason, std::string("this invite has expired"));
    }
    void aDelegateLetsInWhileTheInviterSleeps()
    {
        World world;
        World::Node& alice = world.founder();
        World::Node& bob = world.member(alice, "bob", 2);
        World::Node& carol = world.add("carol");
        world.pass(std::chrono::seconds(20));
        InviteWish wish = World::wish(1);
        wish.delegate = bob.key->publicKey();
        const InviteId id = *world.invite(alice, std::move(wish));
        const InviteLink link = world.linkOf(alice, id);
        QVERIFY(std::any_of(link.hints.begin(), link.hints.end(), [&](const InviteHint& hint) {
            return hint.node == bob.key->publicKey();
        }));
        world.pass(std::chrono::seconds(20));
        world.stop(alice);
        const RedeemAnswer answer = world.redeem(bob, link, carol);
        QCOMPARE(answer.reason, std::string());
        QVERIFY(world.begin(carol, link, answer));
        QCOMPARE(World::namesAt(bob), (Names{"alice", "bob", "carol"}));
        QVERIFY(world.open(alice, alice.key->publicKey()));
        world.pass(std::chrono::seconds(30));
        QCOMPARE(World::namesAt(alice), (Names{"alice", "bob", "carol"}));
        QVERIFY(alice.circle->invites().find(id)->state == InviteState::Joined);
        QVERIFY(alice.circle->view().find(carol.key->publicKey())->lineage.own().inviter ==
                alice.key->publicKey());
    }
    void anHourOfDifferenceKeepsNobodyOut_data()
    {
        QTest::addColumn<int>("minutes");
        QTest::newRow("the newcomer is an hour ahead") << 60;
        QTest::newRow("the newcomer is an hour behind") << -60;
    }
    /// It comes in at once. What one of them takes for the future it takes later.
    void anHourOfDifferenceKeepsNobodyOut()
    {
        QFETCH(int, minutes);
        World world;
        World::Node& alice = world.founder();
        World::Node& carol = world.member(alice, "carol");
        World::Node& bob = world.add("bob");
        bob.clock->ahead = std::chrono::minutes(minutes);
        const InviteId id = *world.invite(alice, World::wish());
        const InviteLink link = world.linkOf(alice, id);
        const RedeemAnswer answer = world.redeem(alice, link, bob);
        QCOMPARE(answer.reason, std::string());
        QVERIFY(world.begin(bob, link, answer));
        QVERIFY(bob.circle->records().belongs(bob.key->publicKey()));
        QVERIFY(alice.circle->records().belongs(bob.key->publicKey()));
        world.pass(std::chrono::minutes(70));
        QVERIFY(bob.circle->isMember());
        for (World::Node* node : {&alice, &bob, &carol}) {
            QCOMPARE(World::namesAt(*node), (Names{"alice", "bob", "carol"}));
            QCOMPARE(node->circle->records().announcements().size(), std::size_t{3});
        }
        const auto revoked = world.engine.run(alice.circle->revoke(bob.key->publicKey()));
        QVERIFY(revoked && *revoked);
        world.pass(std::chrono::minutes(1));
        QCOMPARE(World::namesAt(carol), (Names{"alice", "carol"}));
    }
    /// By the clock of who is asked.
    void anInviteExpiresByTheInvitersClock()
    {
        World world;
        World::Node& alice = world.founder();
        World::Node& bob = world.add("bob");
        World::Node& carol = world.add("carol");
        bob.clock->ahead = std::chrono::hours(2);
        carol.clock->ahead = -std::chrono::hours(2);
        InviteWish wish = World::wish();
        wish.life = std::chrono::hours(1);
        const InviteLink first = world.linkOf(alice, *world.invite(alice, wish));
        const InviteLink second = world.linkOf(alice, *world.invite(alice, wish));
        QCOMPARE(world.redeem(alice, first, bob).reason, std::string());
        world.pass(std::chrono::minutes(61));
        QCOMPARE(world.redeem(alice, second, carol).reason, std::string("this invite has expired"));
    }
    void whatARevokedInviterSignsIsVoid()
    {
        World world;
        World::Node& alice = world.founder();
        World::Node& bob = world.member(alice, "bob", 3);
        World::Node& carol = world.member(alice, "carol");
        world.pass(std::chrono::seconds(30));
        bob.deaf = true; // it does not hear of its end
        const auto revoked = world.engine.run(alice.circle->revoke(bob.key->publicKey()));
        QVERIFY(revoked && *revoked);
        World::Node& eve = world.member(bob, "eve"); // bob lets in whom it likes
        QCOMPARE(World::namesAt(eve), (Names{"alice", "bob", "carol", "eve"}));
        bob.deaf = false;
        world.pass(std::chrono::minutes(2));
        for (World::Node* node : {&alice, &carol}) {
            QCOMPARE(World::namesAt(*node), (Names{"alice", "carol"}));
            QVERIFY(!node->circle->records().belongs(eve.key->publicKey()));
        }
    }
    void tenThousandClaimsLeaveTheInviteAndTheBookWhole()
    {
        World world;
        World::Node& alice = world.founder();
        World::Node& bob = world.add("bob");
        const InviteId id = *world.invite(alice, World::wish());
        const InviteLink link = world.linkOf(alice, id);
        const Secret exporter = exporterOf(1);
        RedeemRequest none = *makeRedeem(link, *bob.key, "bob", exporter.view());
        const std::uint64_t before = alice.circle->invites().version();
        for (int i = 0; i < 10'000; ++i) { // of invites that there are not
            world.random.fill(none.invite.mutableView());
            const auto answer = world.engine.run(alice.circle->redeem(none, exporterOf(1)));
            QVERIFY(answer && *answer && (*answer)->outcome == RedeemOutcome::Refused);
        }
        QCOMPARE(alice.circle->invites().version(), before);
        QCOMPARE(alice.circle->invites().invites().size(), std::size_t{1});
        QVERIFY(world.redeem(alice, link, bob).outcome == RedeemOutcome::Welcome);
    }
    void certificatesAreRenewed()
    {
        World world;
        World::Node& alice = world.founder();
        World::Node& bob = world.member(alice, "bob");
        const std::int64_t until = bob.circle->view().find(bob.key->publicKey())->until;
        world.pass(std::chrono::hours(8 * 24));
        QVERIFY(bob.circle->view().find(bob.key->publicKey())->until > until);
        QVERIFY(alice.circle->view().find(alice.key->publicKey())->until > until);
        QCOMPARE(World::namesAt(bob), (Names{"alice", "bob"}));
    }
    void aGridThatSleptLongGoesOn()
    {
        World world;
        World::Node& alice = world.founder();
        World::Node& bob = world.member(alice, "bob");
        world.pass(std::chrono::seconds(20));
        world.stop(alice);
        world.stop(bob);
        world.pass(std::chrono::hours(40 * 24));
        QVERIFY(world.open(bob, alice.key->publicKey()));
        QVERIFY(bob.circle->records().belongs(alice.key->publicKey()));
        QVERIFY(bob.circle->records().announcementOf(alice.key->publicKey()) != nullptr);
        QVERIFY(world.open(alice, alice.key->publicKey()));
        world.pass(std::chrono::minutes(3));
        QCOMPARE(World::namesAt(alice), (Names{"alice", "bob"}));
        QCOMPARE(World::namesAt(bob), (Names{"alice", "bob"}));
    }
};

QTEST_GUILESS_MAIN(TestCircle)
#include "test_circle.moc"
