// gateway_health: whether a gateway can do its work, for whoever watches it. Pure.
#pragma once

#include "client-gateway/upload/upload.h"
#include "client-gateway/web/file_service.h"
#include "core/node/open_metrics.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tarn::gateway::web {

struct GatewayHealth
{
    std::size_t known = 0;     ///< servers
    std::size_t reachable = 0; ///< those that did not fail when they were asked last
    std::size_t taking = 0;    ///< of these, those with room that may be given new shares
    std::uint32_t happy = 0;   ///< servers that a new file needs
    // Seen since the start, of all servers.
    std::uint64_t corruptShares = 0;
    std::uint64_t badAnswers = 0;
    std::uint64_t oldVersions = 0; ///< older versions of mutable files than others keep

    bool ownDisk = false; ///< new files wait on this node's own disk until servers take them
    std::string problem;  ///< of that disk: why it takes none, or no changes of folders

    /// New files find a place: enough servers, or the own disk where they wait for those.
    bool healthy() const { return ownDisk ? problem.empty() : spreads(); }
    /// Enough servers are there for new files.
    bool spreads() const { return taking >= happy; }
};

/// \param own  as FileService::ownDisk().
GatewayHealth healthOf(const std::vector<ServerView>& servers, const EncodingParameters& encoding,
                       const std::optional<OwnDisk>& own);

/// {"healthy": bool, "problem": text or null, ...}, one line; of a node with an own disk also
/// "waiting": why new files stay there for now, or null.
std::string healthJson(const GatewayHealth& health);
/// tarn_gateway_healthy and the like.
void writeHealth(node::OpenMetrics& out, const GatewayHealth& health);

} // namespace tarn::gateway::web
