#include "core/pipeline/write/place.h"
#include "tests/support/property.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::pipeline;

namespace {

std::set<ShareNumber> shares(std::initializer_list<std::uint32_t> numbers)
{
    std::set<ShareNumber> out;
    for (const std::uint32_t number : numbers)
        out.insert(ShareNumber{number});
    return out;
}

using Holders = std::map<ShareNumber, std::set<ServerIndex>>;

/// All assignments tried: the definition, for small numbers.
std::uint32_t bestMatching(const Holders& holders, Holders::const_iterator from,
                           std::set<ServerIndex> used)
{
    if (from == holders.end()) return 0;
    std::uint32_t best = bestMatching(holders, std::next(from), used);
    for (const ServerIndex server : from->second) {
        if (used.contains(server)) continue;
        std::set<ServerIndex> more = used;
        more.insert(server);
        best = std::max(best, 1 + bestMatching(holders, std::next(from), more));
    }
    return best;
}

Holders holdersOf(const std::map<ShareNumber, ServerIndex>& placement)
{
    Holders out;
    for (const auto& [share, server] : placement)
        out[share].insert(server);
    return out;
}

std::vector<std::uint32_t> loads(const std::map<ShareNumber, ServerIndex>& placement,
                                 std::size_t servers)
{
    std::vector<std::uint32_t> out(servers, 0);
    for (const auto& [share, server] : placement)
        ++out[server];
    return out;
}

} // namespace

class TestPlace final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void happinessOfNothingIsZero()
    {
        QCOMPARE(happinessOf({}), 0U);
        QCOMPARE(happinessOf({{ShareNumber{0}, {}}}), 0U);
    }
    void happinessCountsServersWithAShareOfTheirOwn()
    {
        // One server with everything makes one; a share on two servers makes one.
        QCOMPARE(happinessOf({{ShareNumber{0}, {7}}, {ShareNumber{1}, {7}}}), 1U);
        QCOMPARE(happinessOf({{ShareNumber{0}, {1, 2, 3}}}), 1U);
        // The greedy choice (share 0 on server 1) has to be undone.
        QCOMPARE(happinessOf({{ShareNumber{0}, {1, 2}}, {ShareNumber{1}, {1}}}), 2U);
        QCOMPARE(serversOfHappiness({{ShareNumber{0}, {"a", "b"}}, {ShareNumber{1}, {"a"}}}), 2U);
    }
    void happinessIsAMaximumMatching()
    {
        QVERIFY(test::forAll(300, [](test::SeededRandom& random) {
            Holders holders;
            for (std::uint32_t share = 0; share < 6; ++share)
                for (ServerIndex server = 0; server < 5; ++server)
                    if (random.chance(0.3)) holders[ShareNumber{share}].insert(server);
            return happinessOf(holders) == bestMatching(holders, holders.begin(), {});
        }));
    }
    void emptyServersGetOneShareEach()
    {
        const std::vector<PlacementServer> servers(10);
        const auto placement = placeShares(servers, 10);
        QCOMPARE(placement.size(), std::size_t{10});
        QCOMPARE(happinessOf(holdersOf(placement)), 10U);
    }
    void moreSharesThanServersAreSpreadEvenly()
    {
        const std::vector<PlacementServer> servers(3);
        QCOMPARE(loads(placeShares(servers, 10), 3), (std::vector<std::uint32_t>{4, 3, 3}));
    }
    void existingSharesStay()
    {
        std::vector<PlacementServer> servers(4);
        servers[2].holds = shares({0, 1});
        servers[3].holds = shares({2});
        const auto placement = placeShares(servers, 4);
        QCOMPARE(placement.at(ShareNumber{2}), ServerIndex{3});
        const ServerIndex zero = placement.at(ShareNumber{0});
        const ServerIndex one = placement.at(ShareNumber{1});
        QVERIFY(zero == 2 || one == 2);
        QCOMPARE(happinessOf(holdersOf(placement)), 4U);
    }
    void readOnlyServersKeepWhatTheyHoldAndGetNothing()
    {
        std::vector<PlacementServer> servers(3);
        servers[0].writable = false;
        servers[0].holds = shares({5, 6});
        servers[1].writable = false;
        const auto placement = placeShares(servers, 7);
        QCOMPARE(placement.size(), std::size_t{7});
        QCOMPARE(loads(placement, 3), (std::vector<std::uint32_t>{2, 0, 5}));
        QCOMPARE(placement.at(ShareNumber{5}), ServerIndex{0});
        QCOMPARE(placement.at(ShareNumber{6}), ServerIndex{0});
    }
    void nobodyToPlaceOn()
    {
        QVERIFY(placeShares({}, 10).empty());
        std::vector<PlacementServer> servers(2);
        servers[0].writable = servers[1].writable = false;
        servers[1].holds = shares({3, 300});
        const auto placement = placeShares(servers, 10);
        QCOMPARE(placement, (std::map<ShareNumber, ServerIndex>{{ShareNumber{3}, 1}}));
    }
    /// Every share gets a home, on a server that may have it, and no other placement reaches
    /// more servers.
    void placementsAreLegalAndHappy()
    {
        QVERIFY(test::forAll(300, [](test::SeededRandom& random) {
            const auto total = static_cast<std::uint32_t>(random.between(1, 8));
            std::vector<PlacementServer> servers(random.between(1, 8));
            std::size_t writable = 0;
            Holders readOnly;
            for (ServerIndex i = 0; i < servers.size(); ++i) {
                servers[i].writable = random.chance(0.6);
                writable += servers[i].writable ? 1 : 0;
                for (std::uint32_t share = 0; share < total; ++share) {
                    if (!random.chance(0.3)) continue;
                    servers[i].holds.insert(ShareNumber{share});
                    if (!servers[i].writable) readOnly[ShareNumber{share}].insert(i);
                }
            }
            const auto placement = placeShares(servers, total);
            for (const auto& [share, server] : placement)
                if (!servers[server].writable && !servers[server].holds.contains(share))
                    return false;
            if (writable > 0 && placement.size() != total) return false;
            const std::size_t most = std::min<std::size_t>(total, happinessOf(readOnly) + writable);
            return happinessOf(holdersOf(placement)) == most;
        }));
    }
};

QTEST_GUILESS_MAIN(TestPlace)
#include "test_place.moc"
