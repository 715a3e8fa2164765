#include "client-gateway/upload/first_home.h"

namespace tarn::gateway {

SingleHome::SingleHome(std::string serverId)
    : m_server(std::move(serverId)), m_permuted(makePermutedPlacement())
{
}

std::vector<ServerPtr> SingleHome::candidates(StorageIndex index, std::vector<ServerPtr> known,
                                              std::uint32_t total) const
{
    std::erase_if(known, [this](const ServerPtr& server) { return server->id != m_server; });
    return m_permuted->candidates(index, std::move(known), total);
}

std::map<ShareNumber, std::size_t> SingleHome::place(const std::vector<PlacementPeer>& peers,
                                                     PlacementCounts counts) const
{
    return m_permuted->place(peers, counts);
}

} // namespace tarn::gateway
