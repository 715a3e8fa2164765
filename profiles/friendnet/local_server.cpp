#include "profiles/friendnet/local_server.h"

#include "client-gateway/servers_file.h"

namespace tarn::profiles {

gateway::ServerStatus LocalServer::status() const
{
    gateway::ServerStatus status;
    status.reachability = gateway::Reachability::Reached;
    status.text = "this node";
    m_observed.addTo(status);
    return status;
}

void LocalServer::noteOldVersion(StorageIndex index, ShareNumber share, std::uint64_t sequence,
                                 std::uint64_t newest)
{
    m_observed.noteOldVersion(index, share, sequence, newest);
}

Result<gateway::ServerPtr> makeLocalServer(const storage::ServerIdentity& identity,
                                           const std::string& nickname,
                                           storage_api::ShareStore& store, Clock& clock)
{
    auto server = std::make_shared<gateway::Server>();
    server->id = identity.node.serverId();
    server->nickname = nickname;
    server->tubId = identity.node.tubId;
    TARN_TRY(server->permutationSeed,
             gateway::permutationSeedOf(server->id, identity.permutationSeed));
    server->connection = std::make_shared<LocalServer>(store, clock);
    return gateway::ServerPtr(std::move(server));
}

} // namespace tarn::profiles
