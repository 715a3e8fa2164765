// gateway_health: whether a gateway can do its work, for whoever watches it. Pure.
#pragma once

#include "client-gateway/upload/upload.h"
#include "client-gateway/web/file_service.h"
#include "core/node/open_metrics.h"

#include <cstdint>
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

    /// New files find enough servers.
    bool healthy() const { return taking >= happy; }
};

GatewayHealth healthOf(const std::vector<ServerView>& servers, const EncodingParameters& encoding);

/// {"healthy": bool, "problem": text or null, ...}, one line.
std::string healthJson(const GatewayHealth& health);
/// tarn_gateway_healthy and the like.
void writeHealth(node::OpenMetrics& out, const GatewayHealth& health);

} // namespace tarn::gateway::web
