#include "core/pipeline/write/households.h"
#include "tests/support/property.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::pipeline;

namespace {

using Placed = std::map<ShareNumber, ServerIndex>;

std::uint32_t sharesIn(const Placed& placed, const std::vector<std::size_t>& households,
                       std::size_t household)
{
    std::uint32_t out = 0;
    for (const auto& [share, server] : placed)
        out += households[server] == household ? 1 : 0;
    return out;
}

Placed spread(const std::vector<PlacementServer>& servers,
              const std::vector<std::size_t>& households, SpreadRule rule)
{
    return spreadHouseholds(placeShares(servers, rule.total), servers, households, rule);
}

std::size_t serversIn(const Placed& placed)
{
    std::set<ServerIndex> out;
    for (const auto& [share, server] : placed)
        out.insert(server);
    return out.size();
}

} // namespace

class TestHouseholds final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void withoutHouseholdsNothingMoves()
    {
        const std::vector<PlacementServer> servers(5);
        const Placed placed = placeShares(servers, 5);
        QVERIFY(spread(servers, {0, 1, 2, 3, 4}, {2, 5, 4}) == placed);
    }
    void fourUnderOneRoof()
    {
        const std::vector<PlacementServer> servers(5);
        const std::vector<std::size_t> households{7, 7, 7, 7, 1};
        const Placed placed = spread(servers, households, {2, 5, 4});
        QCOMPARE(sharesIn(placed, households, 7), 3U);
        QCOMPARE(serversIn(placed), std::size_t(4));
        // With all five needed for happiness they stay.
        QCOMPARE(sharesIn(spread(servers, households, {2, 5, 5}), households, 7), 4U);
    }
    void emptyServersOutsideComeFirst()
    {
        std::vector<PlacementServer> servers(4);
        servers[0].holds = {{0}, {1}, {2}};
        const std::vector<std::size_t> households{7, 7, 1, 2};
        const Placed placed = spread(servers, households, {1, 4, 2});
        QVERIFY(sharesIn(placed, households, 7) <= 3);
    }
    void nobodyOutsideHasRoom()
    {
        std::vector<PlacementServer> servers(3);
        servers[2].writable = false;
        const std::vector<std::size_t> households{7, 7, 1};
        const Placed placed = spread(servers, households, {2, 3, 1});
        QCOMPARE(placed.size(), std::size_t(3));
        QCOMPARE(sharesIn(placed, households, 7), 3U);
    }
    void whatIsHeldOutsideAsWellCounts()
    {
        std::vector<PlacementServer> servers(3);
        for (PlacementServer& server : servers)
            server.holds = {{0}, {1}, {2}};
        const std::vector<std::size_t> households{7, 7, 1};
        const Placed placed = placeShares(servers, 3);
        QVERIFY(spread(servers, households, {2, 3, 1}) == placed);
    }
    void oneOfOneStaysWhereItIs()
    {
        const std::vector<PlacementServer> servers(2);
        QCOMPARE(spread(servers, {7, 7}, {1, 1, 1}).size(), std::size_t(1));
    }
    void aSpreadPlacementIsStillOne()
    {
        QVERIFY(test::forAll(400, [](test::SeededRandom& random) {
            const auto count = static_cast<std::size_t>(random.between(1, 12));
            const auto total = static_cast<std::uint32_t>(random.between(1, 12));
            const auto needed = static_cast<std::uint32_t>(random.between(1, total));
            const auto happy = static_cast<std::uint32_t>(random.between(1, total));
            std::vector<PlacementServer> servers(count);
            std::vector<std::size_t> households(count);
            for (std::size_t i = 0; i < count; ++i) {
                households[i] = random.below(4);
                servers[i].writable = random.chance(0.8);
                for (std::uint32_t share = 0; share < total; ++share)
                    if (random.chance(0.1)) servers[i].holds.insert(ShareNumber{share});
            }
            const Placed before = placeShares(servers, total);
            const Placed after =
                spreadHouseholds(before, servers, households, {needed, total, happy});
            if (after.size() != before.size()) return false;
            const std::size_t least = std::min<std::size_t>(serversIn(before), happy);
            if (serversIn(after) < least) return false;
            for (const auto& [share, server] : after)
                if (!servers[server].writable && !servers[server].holds.contains(share))
                    return false;
            return true;
        }));
    }
    void oneServerPerHouseholdAndRoomEverywhereIsAlwaysWithinTheBound()
    {
        QVERIFY(test::forAll(200, [](test::SeededRandom& random) {
            const auto total = static_cast<std::uint32_t>(random.between(2, 12));
            const auto needed = static_cast<std::uint32_t>(random.between(1, total - 1));
            const std::uint32_t limit = total - needed;
            const std::size_t homes = (total + limit - 1) / limit + 1;
            std::vector<PlacementServer> servers(homes + random.below(6));
            std::vector<std::size_t> households(servers.size());
            for (std::size_t i = 0; i < households.size(); ++i)
                households[i] = i < homes ? i : 0;
            const Placed placed = spread(servers, households, {needed, total, 1});
            for (std::size_t home = 0; home < homes; ++home)
                if (sharesIn(placed, households, home) > limit) return false;
            return placed.size() == total;
        }));
    }
};

QTEST_GUILESS_MAIN(TestHouseholds)
#include "test_households.moc"
