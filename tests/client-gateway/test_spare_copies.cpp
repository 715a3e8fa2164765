// Which copies of shares are given up, and by whom.
#include "client-gateway/mutable/spare_copies.h"
#include "client-gateway/upload/friend_placement.h"
#include "tests/support/seeded_random.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::gateway;

namespace {

using Held = std::map<std::string, std::set<std::uint32_t>>;

/// An owner, "me", among servers that have shares.
struct Rig
{
    explicit Rig(Held held)
    {
        for (const auto& [id, numbers] : held) {
            auto server = std::make_shared<Server>();
            server->id = id;
            ServerGoal& goal = goals.emplace_back();
            goal.server = std::move(server);
            for (const std::uint32_t number : numbers)
                goal.shares.insert(ShareNumber{number});
            wanted.insert(id);
        }
        home.placement = &placement;
        home.server = "me";
    }
    std::set<std::string> drop(std::uint32_t needed, std::uint32_t total)
    {
        PlacementCounts counts;
        counts.needed = needed;
        counts.total = total;
        return dropSpareCopies(goals, home, counts, wanted);
    }
    Held held() const
    {
        Held out;
        for (const ServerGoal& goal : goals)
            for (const ShareNumber share : goal.shares)
                out[goal.server->id].insert(share.value);
        return out;
    }

    std::vector<ServerGoal> goals;
    std::set<std::string> wanted;
    FriendPlacement placement;
    MutableHome home;
};

} // namespace

class TestSpareCopies final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void oneCopyOfEachIsEnough()
    {
        Rig rig({{"me", {0, 1}}, {"a", {0, 1, 2}}, {"b", {2, 3}}, {"c", {4}}});
        QVERIFY(rig.drop(2, 5) == std::set<std::string>{"a"});
        const Held left{{"me", {0, 1}}, {"a", {0, 1}}, {"b", {2, 3}}, {"c", {4}}};
        QVERIFY(rig.held() == left);
        QVERIFY(rig.drop(2, 5).empty());
    }
    void theOwnDiskKeepsEnoughToRead()
    {
        Rig rig({{"me", {0, 1, 2, 3}}, {"a", {0}}, {"b", {1}}, {"c", {2}}});
        QVERIFY(rig.drop(2, 4) == std::set<std::string>{"me"});
        QCOMPARE(rig.held()["me"].size(), std::size_t{2});
        QVERIFY(rig.held()["me"].contains(3)); // nobody else has it
    }
    void whoIsWantedKeepsOne()
    {
        const Held held{{"me", {0}}, {"a", {1}}, {"b", {1}}, {"c", {2}}};
        Rig few(held);
        QVERIFY(few.drop(1, 4).empty()); // not more servers than shares
        Rig many(held);
        QCOMPARE(many.drop(1, 3).size(), std::size_t{1});
        Rig avoided(held);
        avoided.wanted.erase("b");
        QVERIFY(avoided.drop(1, 4) == std::set<std::string>{"b"});
    }
    /// What is left does not come to be with one household alone, more than it may have.
    void aHouseholdIsNotLeftAloneWithThem()
    {
        const Held held{{"me", {0}}, {"a", {1, 2}}, {"b", {3}}, {"c", {1, 2, 3, 4}}};
        PlacementWishes wishes;
        wishes.households = {{"a", "farm"}, {"b", "farm"}};
        Rig rig(held);
        rig.placement.set(wishes);
        rig.drop(3, 5); // 5 - 3 for each household
        std::set<std::uint32_t> outside;
        for (const auto& [id, numbers] : rig.held())
            if (id == "me" || id == "c") outside.insert(numbers.begin(), numbers.end());
        QCOMPARE(outside.size(), std::size_t{3});
        QVERIFY(rig.drop(3, 5).empty());
        Rig alone(held);
        alone.drop(3, 5);
        QCOMPARE(alone.held()["c"].size(), std::size_t{1});
    }
    /// Nothing is lost, and nothing is left to do.
    void whateverTheyHave()
    {
        test::SeededRandom random(3);
        for (unsigned round = 0; round < 500; ++round) {
            const auto total = static_cast<std::uint32_t>(1 + random.below(6));
            const auto needed = static_cast<std::uint32_t>(1 + random.below(total));
            Held held;
            for (unsigned i = 0; i < 7; ++i)
                for (std::uint32_t number = 0; number < total; ++number)
                    if (random.below(3) == 0)
                        held[i == 0 ? "me" : std::string(1, static_cast<char>('a' + i))].insert(
                            number);
            Rig rig(held);
            PlacementWishes wishes;
            wishes.households = {{"b", "farm"}, {"c", "farm"}, {"d", "town"}, {"e", "town"}};
            rig.placement.set(wishes);
            rig.drop(needed, total);
            const auto all = [](const Held& of) {
                std::set<std::uint32_t> out;
                for (const auto& [id, numbers] : of)
                    if (id != "me") out.insert(numbers.begin(), numbers.end());
                return out;
            };
            QVERIFY(all(rig.held()) == all(held));
            QVERIFY(rig.held()["me"].size() >= std::min<std::size_t>(needed, held["me"].size()));
            QVERIFY(rig.drop(needed, total).empty());
        }
    }
};

QTEST_GUILESS_MAIN(TestSpareCopies)
#include "test_spare_copies.moc"
