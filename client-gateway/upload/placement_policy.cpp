#include "client-gateway/upload/placement_policy.h"

#include "core/pipeline/write/place.h"

#include <algorithm>

namespace tarn::gateway {

namespace {

class PermutedPlacement final : public PlacementPolicy
{
public:
    std::vector<ServerPtr> candidates(StorageIndex index, std::vector<ServerPtr> known,
                                      std::uint32_t total) const override
    {
        std::vector<ServerPtr> ordered = permutedOrder(index, std::move(known));
        std::stable_partition(ordered.begin(), ordered.end(), [](const ServerPtr& server) {
            return server->connection->status().reachability != Reachability::Unreached;
        });
        const std::size_t most = std::size_t{2} * total;
        if (ordered.size() > most) ordered.resize(most);
        return ordered;
    }

    std::map<ShareNumber, std::size_t> place(const std::vector<PlacementPeer>& peers,
                                             PlacementCounts counts) const override
    {
        std::vector<pipeline::PlacementServer> servers;
        servers.reserve(peers.size());
        for (const PlacementPeer& peer : peers) {
            pipeline::PlacementServer server;
            server.writable = peer.writable;
            server.holds = peer.holds;
            servers.push_back(std::move(server));
        }
        return pipeline::placeShares(servers, counts.total);
    }
};

} // namespace

std::string PlacementPolicy::householdOf(const std::string& /*serverId*/) const
{
    return {};
}

std::unique_ptr<PlacementPolicy> makePermutedPlacement()
{
    return std::make_unique<PermutedPlacement>();
}

} // namespace tarn::gateway
