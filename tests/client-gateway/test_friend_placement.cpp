#include "client-gateway/upload/friend_placement.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::gateway;

namespace {

/// Never asked anything.
class Quiet final : public ServerConnection
{
public:
    storage_api::ShareStore& store() override { std::abort(); }
    ServerStatus status() const override { return {}; }
    void noteOldVersion(StorageIndex, ShareNumber, std::uint64_t, std::uint64_t) override {}
};

std::vector<ServerPtr> servers(std::size_t count)
{
    std::vector<ServerPtr> out;
    for (std::size_t i = 0; i < count; ++i) {
        Server server;
        server.id = "v0-" + std::to_string(i);
        server.permutationSeed = toBytes(server.id);
        server.connection = std::make_shared<Quiet>();
        out.push_back(std::make_shared<const Server>(std::move(server)));
    }
    return out;
}

std::vector<PlacementPeer> peers(std::size_t count)
{
    std::vector<PlacementPeer> out(count);
    for (std::size_t i = 0; i < count; ++i)
        out[i].serverId = "v0-" + std::to_string(i);
    return out;
}

} // namespace

class TestFriendPlacement final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void withoutWishesItIsThePermutedOne()
    {
        const FriendPlacement placement;
        const auto permuted = makePermutedPlacement();
        const std::vector<ServerPtr> all = servers(9);
        QVERIFY(placement.candidates({}, all, 4) == permuted->candidates({}, all, 4));
        const PlacementCounts counts{3, 7, 10};
        QVERIFY(placement.place(peers(10), counts) == permuted->place(peers(10), counts));
    }
    void whoIsAvoidedIsNotAsked()
    {
        FriendPlacement placement({{"v0-1", "v0-3"}, {}});
        QCOMPARE(placement.candidates({}, servers(5), 10).size(), std::size_t(3));
        for (const ServerPtr& server : placement.candidates({}, servers(5), 10))
            QVERIFY(server->id != "v0-1" && server->id != "v0-3");
        placement.set({});
        QCOMPARE(placement.candidates({}, servers(5), 10).size(), std::size_t(5));
        QVERIFY(placement.wishes() == PlacementWishes());
    }
    void aHouseholdGetsNoMoreThanMayBeLost()
    {
        PlacementWishes wishes;
        for (const char* id : {"v0-0", "v0-1", "v0-2", "v0-3"})
            wishes.households[id] = "the old house";
        const FriendPlacement placement(wishes);
        const auto placed = placement.place(peers(5), {2, 4, 5});
        QCOMPARE(placed.size(), std::size_t(5));
        unsigned inside = 0;
        for (const auto& [share, peer] : placed)
            inside += peer < 4 ? 1 : 0;
        QCOMPARE(inside, 3U);
    }
    void twoHouseholdsAreTwo()
    {
        PlacementWishes wishes;
        wishes.households = {{"v0-0", "a"}, {"v0-1", "a"}, {"v0-2", "b"}, {"v0-3", "b"}};
        const FriendPlacement placement(wishes);
        const auto placed = placement.place(peers(4), {2, 2, 4});
        std::map<std::size_t, unsigned> inside;
        for (const auto& [share, peer] : placed)
            ++inside[peer / 2];
        QCOMPARE(inside[0], 2U);
        QCOMPARE(inside[1], 2U);
    }
};

QTEST_GUILESS_MAIN(TestFriendPlacement)
#include "test_friend_placement.moc"
