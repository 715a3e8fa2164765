#include "client-gateway/upload/friend_placement.h"

#include "core/pipeline/write/households.h"

namespace tarn::gateway {

FriendPlacement::FriendPlacement(PlacementWishes wishes)
    : m_wishes(std::move(wishes)), m_permuted(makePermutedPlacement())
{
}

std::vector<ServerPtr> FriendPlacement::candidates(StorageIndex index, std::vector<ServerPtr> known,
                                                   std::uint32_t total) const
{
    std::erase_if(
        known, [this](const ServerPtr& server) { return m_wishes.avoided.contains(server->id); });
    return m_permuted->candidates(index, std::move(known), total);
}

std::map<ShareNumber, std::size_t> FriendPlacement::place(const std::vector<PlacementPeer>& peers,
                                                          PlacementCounts counts) const
{
    std::map<std::string, std::size_t> numbers;
    std::vector<std::size_t> households;
    std::vector<pipeline::PlacementServer> servers;
    for (const PlacementPeer& peer : peers) {
        // Numbers of households come after those of servers that stand alone.
        std::size_t household = households.size();
        if (const auto named = m_wishes.households.find(peer.serverId);
            named != m_wishes.households.end())
            household = peers.size() + numbers.emplace(named->second, numbers.size()).first->second;
        households.push_back(household);
        pipeline::PlacementServer server;
        server.writable = peer.writable;
        server.holds = peer.holds;
        servers.push_back(std::move(server));
    }
    return pipeline::spreadHouseholds(m_permuted->place(peers, counts), servers, households,
                                      {counts.needed, counts.total, counts.happy});
}

std::string FriendPlacement::householdOf(const std::string& serverId) const
{
    const auto named = m_wishes.households.find(serverId);
    return named == m_wishes.households.end() ? std::string() : named->second;
}

} // namespace tarn::gateway
