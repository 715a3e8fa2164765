#include "client-gateway/server_set.h"

#include "core/crypto/sha1.h"

#include <algorithm>

namespace tarn::gateway {

ServerPtr ServerSet::find(std::string_view id) const
{
    for (const ServerPtr& server : m_servers)
        if (server->id == id) return server;
    return nullptr;
}

void ServerSet::replace(std::vector<ServerPtr> servers)
{
    std::sort(servers.begin(), servers.end(),
              [](const ServerPtr& a, const ServerPtr& b) { return a->id < b->id; });
    m_servers = std::move(servers);
}

std::vector<ServerPtr> permutedOrder(StorageIndex index, std::vector<ServerPtr> servers)
{
    struct Ranked
    {
        crypto::Sha1Digest rank;
        ServerPtr server;
    };
    std::vector<Ranked> ranked;
    ranked.reserve(servers.size());
    for (ServerPtr& server : servers) {
        const crypto::Sha1Digest rank = crypto::sha1(index, server->permutationSeed);
        ranked.push_back(Ranked{rank, std::move(server)});
    }
    std::sort(ranked.begin(), ranked.end(), [](const Ranked& a, const Ranked& b) {
        return a.rank != b.rank ? a.rank < b.rank : a.server->id < b.server->id;
    });
    std::vector<ServerPtr> ordered;
    ordered.reserve(ranked.size());
    for (Ranked& one : ranked)
        ordered.push_back(std::move(one.server));
    return ordered;
}

} // namespace tarn::gateway
