#include "client-gateway/mutable/share_goal.h"

#include "client-gateway/mutable/spare_copies.h"

#include <algorithm>

namespace tarn::gateway {

namespace {

/// The one with the fewest shares; null: none may be given new ones.
ServerGoal* homeOfNew(std::vector<ServerGoal>& goals, WallTime now)
{
    ServerGoal* out = nullptr;
    for (ServerGoal& goal : goals) {
        if (!goal.server->uploadPermit.holds(now)) continue;
        if (out == nullptr || goal.shares.size() < out->shares.size()) out = &goal;
    }
    return out;
}

} // namespace

std::vector<ServerGoal> placeMutableShares(const ServerMap& map, std::uint32_t total,
                                           const std::vector<ServerPtr>& usable,
                                           const std::set<ShareNumber>& placed, WallTime now,
                                           NewHomes homes)
{
    std::vector<ServerGoal> goals;
    std::set<ShareNumber> housed = placed;
    for (const ServerPtr& server : usable) {
        ServerGoal& goal = goals.emplace_back();
        goal.server = server;
        for (std::uint32_t number = 0; number < total; ++number) {
            const SharePlace place(server->id, ShareNumber{number});
            const auto spoiled = map.bad.find(place);
            const bool replace = spoiled != map.bad.end() && !spoiled->second.incompatible;
            if (placed.contains(place.second) || (!map.shares.contains(place) && !replace))
                continue;
            goal.shares.insert(place.second);
            housed.insert(place.second);
        }
    }
    for (std::uint32_t number = 0; homes != NewHomes::None && number < total; ++number) {
        if (housed.contains(ShareNumber{number})) continue;
        ServerGoal* const home = homeOfNew(goals, now);
        if (home != nullptr) home->shares.insert(ShareNumber{number});
    }
    return goals;
}

void spreadMutableShares(std::vector<ServerGoal>& goals, const MutableHome& home,
                         StorageIndex index, PlacementCounts counts,
                         const std::set<ShareNumber>& placed, WallTime now)
{
    const std::set<std::string> wanted = wantedOf(goals, home, index, counts.total, now);
    std::vector<PlacementPeer> peers;
    for (const ServerGoal& goal : goals) {
        PlacementPeer peer;
        peer.serverId = goal.server->id;
        peer.writable = wanted.contains(peer.serverId);
        peer.holds = goal.shares;
        peers.push_back(std::move(peer));
    }
    for (const auto& [share, peer] : home.placement->place(peers, counts))
        if (!placed.contains(share)) goals[peer].shares.insert(share);
    if (!placed.empty()) return; // a second round only finds homes
    for (ServerGoal& goal : goals) {
        if (goal.server->id != home.server) continue;
        for (std::uint32_t number = 0; goal.shares.size() < counts.needed; ++number)
            goal.shares.insert(ShareNumber{number});
    }
    dropSpareCopies(goals, home, counts, wanted);
}

Bytes expectedFront(const ServerMap& map, const SharePlace& place)
{
    if (const auto known = map.shares.find(place); known != map.shares.end())
        return share::checkStringOf(known->second.layout.header);
    if (const auto spoiled = map.bad.find(place); spoiled != map.bad.end())
        return spoiled->second.seen;
    return {};
}

bool showsOtherWriter(const storage_api::ReadTestWriteAnswer& answer, const ServerMap& map,
                      const std::string& serverId, const std::set<ShareNumber>& own,
                      ByteView newCheck)
{
    if (!answer.success) return true;
    for (const auto& [share, read] : answer.readData) {
        if (own.contains(share) || read.empty() || equal(read.front(), newCheck)) continue;
        const Bytes expected = expectedFront(map, SharePlace(serverId, share));
        const std::size_t common = std::min(expected.size(), read.front().size());
        if (common == 0 ||
            !equal(ByteView(expected).first(common), ByteView(read.front()).first(common)))
            return true;
    }
    return false;
}

} // namespace tarn::gateway
