// Which waiting share goes to which member.
#include "profiles/friendnet/outbox_plan.h"
#include "tests/support/property.h"

#include <QtTest/QTest>

#include <algorithm>

using namespace tarn;
using namespace tarn::profiles;

namespace {

std::set<ShareNumber> shares(std::uint32_t from, std::uint32_t to)
{
    std::set<ShareNumber> out;
    for (std::uint32_t number = from; number < to; ++number)
        out.insert(ShareNumber{number});
    return out;
}

OutboxFile fileOf(std::uint32_t needed, std::uint32_t total)
{
    OutboxFile out;
    out.needed = needed;
    out.total = total;
    out.waiting = shares(0, total);
    return out;
}

OutboxMember memberOf(std::string id, bool ready, std::string household = {})
{
    OutboxMember out;
    out.id = std::move(id);
    out.ready = ready;
    out.household = std::move(household);
    return out;
}

std::map<std::string, std::size_t> countsOf(const OutboxMoves& plan)
{
    std::map<std::string, std::size_t> out;
    for (const auto& [share, id] : plan.moves)
        ++out[id];
    return out;
}

using Counts = std::map<std::string, std::size_t>;

} // namespace

class TestOutboxPlan final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void oneForEachWhoIsThere()
    {
        const std::vector<OutboxMember> members{memberOf("a", true), memberOf("b", true),
                                                memberOf("c", false)};
        const OutboxMoves plan = planMoves(fileOf(1, 3), members);
        QCOMPARE(countsOf(plan), (Counts{{"a", 1}, {"b", 1}}));
        QVERIFY(plan.arrived.empty());
    }
    void nobodyIsWaitedForForEver()
    {
        OutboxFile file = fileOf(1, 3);
        const std::vector<OutboxMember> members{memberOf("a", true), memberOf("b", true),
                                                memberOf("c", false)};
        file.patient = false;
        const Counts counts = countsOf(planMoves(file, members));
        QCOMPARE(counts.at("a") + counts.at("b"), std::size_t{3});
    }
    void fewerMembersThanSharesTakeSecondOnes()
    {
        const std::vector<OutboxMember> members{memberOf("a", true), memberOf("b", true)};
        QCOMPARE(countsOf(planMoves(fileOf(3, 10), members)), (Counts{{"a", 5}, {"b", 5}}));
    }
    void thisNodeGetsOneWhoeverIsAway()
    {
        std::vector<OutboxMember> members{memberOf("me", true), memberOf("a", false)};
        members[0].self = true;
        OutboxFile file = fileOf(2, 5);
        file.patient = false;
        QCOMPARE(countsOf(planMoves(file, members)), (Counts{{"me", 1}}));
        members[1].ready = true;
        QCOMPARE(countsOf(planMoves(file, members)), (Counts{{"me", 1}, {"a", 4}}));
        members.pop_back();
        QCOMPARE(countsOf(planMoves(file, members)), (Counts{{"me", 1}}));
    }
    void whatSomebodyHasAlreadyIsDone()
    {
        OutboxFile file = fileOf(2, 4);
        file.held["b"] = shares(1, 2);
        file.held["stranger"] = shares(2, 3);
        file.claimed["stranger"] = shares(0, 4);
        const std::vector<OutboxMember> members{memberOf("a", true), memberOf("b", false),
                                                memberOf("c", false)};
        const OutboxMoves plan = planMoves(file, members);
        QCOMPARE(plan.arrived, shares(1, 2));
        QCOMPARE(countsOf(plan), (Counts{{"a", 1}}));
        QCOMPARE(sharesOut(file, members), shares(1, 2));
    }
    /// Words move nothing out, and count for one share.
    void whatSomebodySaysItHasIsToBeProven()
    {
        OutboxFile file = fileOf(2, 5);
        file.claimed["a"] = shares(0, 5);
        file.claimed["b"] = shares(1, 2);
        std::vector<OutboxMember> members{memberOf("a", true), memberOf("b", true),
                                          memberOf("c", false)};
        OutboxMoves plan = planMoves(file, members);
        QVERIFY(plan.arrived.empty());
        QCOMPARE(countsOf(plan), (Counts{{"a", 1}, {"b", 1}}));
        for (const auto& [share, id] : plan.moves)
            QVERIFY(id == "a" ? share.value != 1 : share.value == 1);
        QCOMPARE(sharesOut(file, members).size(), std::size_t{2});
        members[0].ready = false; // nothing more follows from what it said
        plan = planMoves(file, members);
        QVERIFY(plan.arrived.empty());
        QCOMPARE(countsOf(plan), (Counts{{"b", 1}}));
        members.resize(1);
        QCOMPARE(sharesOut(file, members).size(), std::size_t{1});
        QVERIFY(planMoves(file, members).moves.empty());
    }
    void whoSaysItHasOneWhileItSleepsIsWaitedFor()
    {
        OutboxFile file = fileOf(1, 2);
        file.claimed["a"] = shares(0, 1);
        const std::vector<OutboxMember> members{memberOf("a", false), memberOf("b", true)};
        const OutboxMoves plan = planMoves(file, members);
        QCOMPARE(plan.moves.size(), std::size_t{1});
        QVERIFY(plan.moves[0].first == ShareNumber{1} && plan.moves[0].second == "b");
    }
    void whoIsAvoidedGetsNothingAndIsNotWaitedFor()
    {
        std::vector<OutboxMember> members{memberOf("a", true), memberOf("b", false)};
        members[1].wanted = false;
        QCOMPARE(countsOf(planMoves(fileOf(1, 2), members)), (Counts{{"a", 2}}));
    }
    void aHouseholdHasNoMoreThanMayBeLost()
    {
        OutboxFile file = fileOf(3, 5);
        const std::vector<OutboxMember> members{
            memberOf("a", true, "farm"), memberOf("b", true, "farm"), memberOf("c", true, "farm"),
            memberOf("d", true), memberOf("e", false)};
        Counts counts = countsOf(planMoves(file, members));
        QCOMPARE(counts["a"] + counts["b"] + counts["c"], std::size_t{2});
        QCOMPARE(counts["d"], std::size_t{1});
        file.patient = false;
        counts = countsOf(planMoves(file, members));
        QCOMPARE(counts["a"] + counts["b"] + counts["c"], std::size_t{2});
        QCOMPARE(counts["d"], std::size_t{3});
        const std::vector<OutboxMember> farm(members.begin(), members.begin() + 3);
        counts = countsOf(planMoves(file, farm)); // it can not be avoided
        QCOMPARE(counts["a"] + counts["b"] + counts["c"], std::size_t{5});
    }
    void howManyMayVanish()
    {
        std::map<std::string, std::set<ShareNumber>> holders;
        QCOMPARE(mayVanish(holders, 1), -1);
        holders["me"] = shares(0, 5);
        QCOMPARE(mayVanish(holders, 2), 0);
        holders["me"] = shares(0, 1);
        for (std::uint32_t i = 1; i < 5; ++i)
            holders["friend " + std::to_string(i)] = shares(i, i + 1);
        QCOMPARE(mayVanish(holders, 2), 3);
        holders["me"] = shares(0, 4); // copies of what friends have, and one that nobody has
        QCOMPARE(mayVanish(holders, 2), 3);
        holders.clear();
        holders["a"] = shares(0, 1);
        holders["b"] = shares(0, 1);
        QCOMPARE(mayVanish(holders, 1), 0); // careful: two copies of one share
        QCOMPARE(mayVanish(holders, 2), -1);
    }
    /// Whoever vanishes, as many as it says, the file can be opened.
    void mayVanishNeverSaysMoreThanIsTrue()
    {
        const bool held = test::forAll(500, [](test::SeededRandom& random) {
            const auto needed = static_cast<std::uint32_t>(1 + random.below(4));
            std::map<std::string, std::set<ShareNumber>> holders;
            const std::uint64_t count = 1 + random.below(6);
            for (std::uint64_t i = 0; i < count; ++i)
                for (std::uint64_t j = random.below(4); j > 0; --j)
                    holders[std::to_string(i)].insert(
                        ShareNumber{static_cast<std::uint32_t>(random.below(8))});
            const int may = mayVanish(holders, needed);
            if (may < 0) return true;
            for (unsigned gone = 0; gone < (1U << count); ++gone) {
                if (__builtin_popcount(gone) > may) continue;
                std::set<ShareNumber> left;
                for (const auto& [id, shares] : holders)
                    if ((gone & (1U << static_cast<unsigned>(std::stoi(id)))) == 0)
                        left.insert(shares.begin(), shares.end());
                if (left.size() < needed) return false;
            }
            return true;
        });
        QVERIFY(held);
    }
    /// Whatever is there: no share goes to two, none to whom it must not, none that is out; only
    /// what is proven is out; while somebody is waited for, each gets one at most.
    void plansAreSound()
    {
        const bool held = test::forAll(500, [](test::SeededRandom& random) {
            const auto total = static_cast<std::uint32_t>(1 + random.below(10));
            OutboxFile file = fileOf(static_cast<std::uint32_t>(1 + random.below(total)), total);
            file.patient = random.below(2) == 0;
            std::vector<OutboxMember> members;
            const std::uint64_t count = random.below(8);
            for (std::uint64_t i = 0; i < count; ++i) {
                OutboxMember member = memberOf(std::to_string(i), random.below(2) == 0,
                                               random.below(3) == 0 ? "farm" : "");
                member.wanted = random.below(5) != 0;
                member.self = i == 0;
                if (random.below(3) == 0)
                    file.held[member.id].insert(
                        ShareNumber{static_cast<std::uint32_t>(random.below(total))});
                if (random.below(3) == 0) file.claimed[member.id] = shares(0, total);
                if (random.below(3) == 0)
                    file.claimed[member.id].insert(
                        ShareNumber{static_cast<std::uint32_t>(random.below(total))});
                members.push_back(std::move(member));
            }
            const OutboxMoves plan = planMoves(file, members);
            std::set<ShareNumber> proven;
            bool awaited = false;
            for (const OutboxMember& member : members) {
                const std::set<ShareNumber>& has = file.held[member.id];
                proven.insert(has.begin(), has.end());
                awaited =
                    awaited || (file.patient && member.wanted && !member.ready && has.empty());
            }
            if (plan.arrived != proven) return false;
            std::set<ShareNumber> moved;
            for (const auto& [share, id] : plan.moves) {
                const auto to = std::find_if(members.begin(), members.end(),
                                             [&](const auto& one) { return one.id == id; });
                if (!moved.insert(share).second || proven.contains(share)) return false;
                if (to == members.end() || !to->ready) return false;
                if (!to->wanted && !file.claimed[id].contains(share)) return false;
            }
            for (const auto& [id, given] : countsOf(plan)) {
                const bool one = awaited || id == "0"; // 0 is this node
                if (one && given + file.held[id].size() > 1) return false;
            }
            return true;
        });
        QVERIFY(held);
    }
};

QTEST_GUILESS_MAIN(TestOutboxPlan)
#include "test_outbox_plan.moc"
