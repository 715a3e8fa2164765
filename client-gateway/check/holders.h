// holders: which servers have shares of a storage index. No capability is needed and none is
// involved: for whoever empties a server and has none of its files.
#pragma once

#include "client-gateway/server_set.h"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace tarn::gateway {

/// By server id.
struct Holders
{
    std::map<std::string, std::set<ShareNumber>> shares; ///< of servers that have any
    std::map<std::string, std::string> silent;           ///< who did not answer, and why
};

/// Asks all servers at once, each for at most `deadline`. Engine thread.
asio::awaitable<Result<Holders>> findHolders(Clock& clock, Duration deadline,
                                             storage_api::ShareKind kind, StorageIndex index,
                                             std::vector<ServerPtr> servers);

} // namespace tarn::gateway
