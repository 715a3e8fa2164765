// The members of a grid after any sequence of admitting, vouching, revoking, leaving and racing are
// those of a simple model, and the same on every node, in whatever order the records came.
#include "core/membership/membership.h"
#include "tests/support/friend_grid.h"
#include "tests/support/property.h"

#include <QtTest/QTest>

#include <set>

using namespace tarn;
using namespace tarn::membership;
using gossip::RecordPtr;
using test::FriendGrid;
using test::kTestTime;
using test::SeededRandom;

namespace {

constexpr std::uint32_t kPeople = 7; ///< and the founder, 0

/// One way by which somebody came in, as numbers; only members' numbers, the founder first.
struct Path
{
    std::vector<std::uint32_t> line{0};
    std::vector<std::size_t> steps; ///< which admissions
    unsigned depth = kMaxDepth;
    Lineage lineage;
};

struct ModelAdmission
{
    std::uint32_t inviter;
    std::uint32_t guest;
    std::int64_t time;
    std::optional<InviteId> invite;
};

struct ModelCertificate
{
    std::size_t member; ///< path
    std::size_t issuer; ///< path
    std::int64_t issued;
};

/// A revocation (by `signer`, of the end of the path) or a departure (of the end of the path).
struct ModelEnd
{
    std::uint32_t signer;
    std::size_t path;
    std::int64_t issued;
};

/// A grid and, beside it, what should follow, said as simply as possible.
class World
{
public:
    explicit World(SeededRandom& random) : m_random(random)
    {
        m_paths.push_back({{0}, {}, kMaxDepth, FriendGrid().lineage(0)});
    }

    void step()
    {
        m_now += std::chrono::hours(m_random.between(0, 40));
        const std::uint64_t what = m_random.below(10);
        if (what < 4)
            admit(std::nullopt);
        else if (what < 5)
            race();
        else if (what < 8)
            certify(m_random.below(m_paths.size()), m_random.below(m_paths.size()));
        else if (what < 9)
            revoke();
        else
            leave();
    }

    WallTime now() const { return m_now; }
    const std::vector<RecordPtr>& records() const { return m_records; }

    bool isLive(std::uint32_t who) const
    {
        for (const ModelCertificate& one : certificates()) {
            const bool counts = endOf(one.member) == who && holds(one.member) &&
                                !hasLeft(one.member) && holds(one.issuer);
            const bool late = hasLeft(one.issuer) && one.issued > leftAt(endOf(one.issuer));
            if (counts && !late) return true;
        }
        return false;
    }

private:
    void admit(std::optional<InviteId> invite) { admitBy(m_random.below(m_paths.size()), invite); }

    void admitBy(std::size_t by, std::optional<InviteId> invite)
    {
        const Path& from = m_paths[by];
        const auto guest = static_cast<std::uint32_t>(m_random.between(1, kPeople));
        const bool known = std::count(from.line.begin(), from.line.end(), guest) > 0;
        if (known || from.depth == 0) return;
        const auto depth = static_cast<unsigned>(m_random.below(from.depth));
        const std::uint32_t inviter = from.line.back();
        const NewMember member{FriendGrid::id(guest), "somebody", {Role::Friend, depth, 0}, invite};
        const auto signedStep =
            signAdmission(FriendGrid::key(inviter), FriendGrid::grid(), member, m_now);
        Path next{from.line, from.steps, depth,
                  *extendLineage(FriendGrid::grid(), &from.lineage, *signedStep)};
        next.line.push_back(guest);
        next.steps.push_back(m_admissions.size());
        m_admissions.push_back({inviter, guest, unixSeconds(m_now), invite});
        m_paths.push_back(std::move(next));
        certify(by, m_paths.size() - 1);
    }

    void race()
    {
        InviteId invite;
        m_random.fill(invite.mutableView());
        const std::size_t by = m_random.below(m_paths.size());
        admitBy(by, invite);
        admitBy(by, invite);
    }

    void certify(std::size_t by, std::size_t of)
    {
        const Path& issuer = m_paths[by];
        const Path& member = m_paths[of];
        if (of == 0 || issuer.depth == 0 || issuer.line.back() == member.line.back()) return;
        const auto record = signCertificate(FriendGrid::key(issuer.line.back()), member.lineage,
                                            &issuer.lineage, ++m_sequence, m_now);
        TARN_ASSERT(record);
        // An issuer above the member is judged by the member's own lineage.
        const auto above = std::find(member.line.begin(), member.line.end(), issuer.line.back());
        const std::size_t shown = above == member.line.end() ? by : of;
        const bool isShown = shown == of;
        m_records.push_back(*record);
        m_certificates.push_back(
            {of, isShown ? prefixOf(of, issuer.line.back()) : by, unixSeconds(m_now)});
    }

    std::uint32_t endOf(std::size_t of) const { return m_paths[of].line.back(); }

    /// The path of somebody on the way of path `of`.
    std::size_t prefixOf(std::size_t of, std::uint32_t who) const
    {
        for (std::size_t i = 0; i < m_paths.size(); ++i) {
            const auto& steps = m_paths[i].steps;
            const bool isPrefix = steps.size() <= m_paths[of].steps.size() &&
                                  std::equal(steps.begin(), steps.end(), m_paths[of].steps.begin());
            if (isPrefix && m_paths[i].line.back() == who) return i;
        }
        TARN_ASSERT(false);
        return 0;
    }

    void revoke()
    {
        const std::size_t of = m_random.below(m_paths.size());
        const Path& path = m_paths[of];
        if (path.steps.empty()) return;
        const std::uint32_t signer = path.line[m_random.below(path.line.size() - 1)];
        const std::uint32_t subject = path.line.back();
        const auto record =
            signRevocation(FriendGrid::key(signer), FriendGrid::grid(), FriendGrid::id(subject),
                           &path.lineage, ++m_sequence, m_now);
        TARN_ASSERT(record);
        m_records.push_back(*record);
        m_revocations.push_back({signer, of, unixSeconds(m_now)});
    }

    void leave()
    {
        const std::size_t of = m_random.below(m_paths.size());
        const std::uint32_t who = m_paths[of].line.back();
        if (who == 0) return;
        const auto record =
            signDeparture(FriendGrid::key(who), m_paths[of].lineage, ++m_sequence, m_now);
        TARN_ASSERT(record);
        m_records.push_back(*record);
        m_departures.push_back({who, of, unixSeconds(m_now)});
    }

    /// Sets keep nothing of a path on which the founder has revoked somebody.
    bool isBuried(std::size_t of) const
    {
        const auto& line = m_paths[of].line;
        return std::any_of(m_revocations.begin(), m_revocations.end(), [&](const ModelEnd& one) {
            return one.signer == 0 && std::count(line.begin(), line.end(), endOf(one.path)) > 0;
        });
    }

    bool isRevoked(std::uint32_t signer, std::uint32_t subject) const
    {
        return std::any_of(m_revocations.begin(), m_revocations.end(), [&](const ModelEnd& one) {
            return one.signer == signer && endOf(one.path) == subject &&
                   (signer == 0 || !isBuried(one.path));
        });
    }

    std::int64_t leftAt(std::uint32_t who) const
    {
        std::int64_t out = 0;
        for (const ModelEnd& one : m_departures)
            if (one.signer == who && !isBuried(one.path)) out = std::max(out, one.issued);
        return out;
    }

    /// Those that sets keep: of one issuer and member the last.
    std::vector<ModelCertificate> certificates() const
    {
        std::map<std::pair<std::uint32_t, std::uint32_t>, ModelCertificate> last;
        for (const ModelCertificate& one : m_certificates) {
            const bool fresh = one.issued + 14 * 86'400 > unixSeconds(m_now);
            if (fresh && !isBuried(one.member) && !isBuried(one.issuer))
                last.insert_or_assign({endOf(one.issuer), endOf(one.member)}, one);
        }
        std::vector<ModelCertificate> out;
        for (const auto& [pair, one] : last)
            out.push_back(one);
        return out;
    }

    /// Of one signer and subject the last that sets keep; the founder's always.
    void addEnds(const std::vector<ModelEnd>& ends, std::set<std::size_t>& to) const
    {
        std::map<std::pair<std::uint32_t, std::uint32_t>, std::size_t> last;
        for (const ModelEnd& one : ends)
            if (!isBuried(one.path)) last[{one.signer, endOf(one.path)}] = one.path;
        for (const auto& [pair, path] : last)
            to.insert(path);
    }

    /// The paths of which some record tells, and all on the way.
    std::set<std::size_t> toldPaths() const
    {
        std::set<std::size_t> ends;
        for (const ModelCertificate& one : certificates()) {
            ends.insert(one.member);
            ends.insert(one.issuer);
        }
        addEnds(m_revocations, ends);
        addEnds(m_departures, ends);
        std::set<std::size_t> out;
        for (const std::size_t end : ends)
            for (const std::uint32_t who : m_paths[end].line)
                if (who != 0) out.insert(prefixOf(end, who));
        return out;
    }

    bool lostItsInvite(std::size_t admission) const
    {
        const ModelAdmission& own = m_admissions[admission];
        if (!own.invite) return false;
        for (const std::size_t of : toldPaths()) {
            const ModelAdmission& other = m_admissions[m_paths[of].steps.back()];
            if (other.inviter != own.inviter || other.invite != own.invite) continue;
            if (std::pair(other.time, FriendGrid::id(other.guest)) <
                std::pair(own.time, FriendGrid::id(own.guest)))
                return true;
        }
        return false;
    }

    bool holds(std::size_t of) const
    {
        const Path& path = m_paths[of];
        for (std::size_t below = 1; below < path.line.size(); ++below)
            for (std::size_t above = 0; above < below; ++above)
                if (isRevoked(path.line[above], path.line[below])) return false;
        return std::none_of(path.steps.begin(), path.steps.end(),
                            [this](std::size_t step) { return lostItsInvite(step); });
    }

    bool hasLeft(std::size_t of) const
    {
        if (m_paths[of].steps.empty()) return false;
        return leftAt(endOf(of)) >= m_admissions[m_paths[of].steps.back()].time;
    }

    SeededRandom& m_random;
    WallTime m_now = kTestTime;
    std::uint64_t m_sequence = 0;
    std::vector<Path> m_paths;
    std::vector<ModelAdmission> m_admissions;
    std::vector<ModelCertificate> m_certificates;
    std::vector<ModelEnd> m_revocations;
    std::vector<ModelEnd> m_departures;
    std::vector<RecordPtr> m_records;
};

/// A node to which records come one by one.
class Node
{
public:
    Node()
        : m_membership(FriendGrid::id(0)), m_set(gridKinds(), gridLimits(), m_membership.policy())
    {
    }

    void take(const RecordPtr& record, WallTime now)
    {
        if (!m_set.accept(record, now).changed()) return;
        if (m_membership.refresh(m_set.all(), now)) m_set.setPolicy(m_membership.policy());
    }
    /// Gossip offers again what the set lacks: what was replaced by something that was dropped.
    void settle(const std::vector<RecordPtr>& records, WallTime now)
    {
        static_cast<void>(m_set.expire(now));
        static_cast<void>(m_membership.refresh(m_set.all(), now));
        m_set.setPolicy(m_membership.policy());
        for (const RecordPtr& record : records)
            take(record, now);
        static_cast<void>(m_membership.refresh(m_set.all(), now));
    }
    const MembershipView& view() const { return m_membership.view(); }
    std::vector<std::uint32_t> digest() const { return m_set.digest({1, 1}); }

private:
    Membership m_membership;
    gossip::RecordSet m_set;
};

void shuffle(std::vector<RecordPtr>& records, SeededRandom& random)
{
    for (std::size_t left = records.size(); left > 1; --left)
        std::swap(records[left - 1], records[random.below(left)]);
}

bool sameMembers(const MembershipView& a, const MembershipView& b)
{
    for (std::uint32_t who = 0; who <= kPeople; ++who) {
        if (a.isLive(FriendGrid::id(who)) != b.isLive(FriendGrid::id(who))) return false;
        const Member* x = a.find(FriendGrid::id(who));
        const Member* y = b.find(FriendGrid::id(who));
        if (x == nullptr || y == nullptr || !a.isLive(FriendGrid::id(who))) continue;
        if (x->name != y->name || !(x->lineage == y->lineage) || x->until != y->until) return false;
    }
    return true;
}

} // namespace

class TestMembershipOrders final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void everyOrderEndsInTheModel()
    {
        QVERIFY(test::forAll(40, [](SeededRandom& random) {
            World world(random);
            const std::uint64_t steps = random.between(1, 25);
            for (std::uint64_t i = 0; i < steps; ++i)
                world.step();
            std::vector<RecordPtr> records = world.records();
            std::vector<Node> nodes(4);
            for (Node& node : nodes) {
                for (const RecordPtr& record : records)
                    node.take(record, world.now());
                node.settle(records, world.now());
                shuffle(records, random);
            }
            for (const Node& node : nodes) {
                if (node.digest() != nodes[0].digest()) return false;
                if (!sameMembers(node.view(), nodes[0].view())) return false;
            }
            for (std::uint32_t who = 1; who <= kPeople; ++who)
                if (nodes[0].view().isLive(FriendGrid::id(who)) != world.isLive(who)) return false;
            return true;
        }));
    }
    void whatCameInTimeEndsAsWhatCameLate()
    {
        QVERIFY(test::forAll(15, [](SeededRandom& random) {
            World world(random);
            Node early;
            std::size_t told = 0;
            for (int i = 0; i < 20; ++i) {
                world.step();
                for (; told < world.records().size(); ++told)
                    early.take(world.records()[told], world.now());
            }
            early.settle(world.records(), world.now());
            Node late;
            for (const RecordPtr& record : world.records())
                late.take(record, world.now());
            late.settle(world.records(), world.now());
            return sameMembers(early.view(), late.view());
        }));
    }
};

QTEST_GUILESS_MAIN(TestMembershipOrders)
#include "test_membership_orders.moc"
