#include "client-gateway/web/gateway_health.h"

#include <nlohmann/json.hpp>

namespace tarn::gateway::web {

namespace {

std::string lackOf(const GatewayHealth& health)
{
    std::string text = "new files need ";
    text += std::to_string(health.happy);
    text += " servers that take shares; of ";
    text += std::to_string(health.known);
    text += " known ones ";
    text += std::to_string(health.reachable);
    text += " can be reached and ";
    text += std::to_string(health.taking);
    text += " of these take shares";
    return text;
}

bool isFull(const ServerView& server)
{
    const auto& version = server.status.version;    // of long ago, at worst: idle ones are asked
    return version && version->availableSpace == 0; // or read-only, or drained
}

} // namespace

GatewayHealth healthOf(const std::vector<ServerView>& servers, const EncodingParameters& encoding,
                       const std::optional<OwnDisk>& own)
{
    GatewayHealth out;
    out.happy = encoding.happy;
    out.known = servers.size();
    out.ownDisk = own.has_value();
    if (own) out.problem = own->problem;
    for (const ServerView& server : servers) {
        const bool reachable = server.status.reachability != Reachability::Unreached;
        out.reachable += reachable ? 1 : 0;
        out.taking += reachable && server.uploadRefusal.empty() && !isFull(server) ? 1 : 0;
        if (own && own->server == server.id && isFull(server) && out.problem.empty())
            out.problem = "folders can not be changed: this node's own storage has no room";
        out.corruptShares += server.status.corruptShares;
        out.badAnswers += server.status.badAnswers;
        out.oldVersions += server.status.oldVersions;
    }
    return out;
}

std::string healthJson(const GatewayHealth& health)
{
    nlohmann::ordered_json out;
    out["healthy"] = health.healthy();
    out["problem"] = nullptr;
    if (!health.healthy()) out["problem"] = health.ownDisk ? health.problem : lackOf(health);
    if (health.ownDisk) out["waiting"] = nullptr;
    if (health.ownDisk && !health.spreads())
        out["waiting"] = "new files wait on this node's own disk: " + lackOf(health);
    out["servers"] = health.known;
    out["servers_reachable"] = health.reachable;
    out["servers_taking_shares"] = health.taking;
    out["servers_needed"] = health.happy;
    out["corrupt_shares"] = health.corruptShares;
    out["bad_answers"] = health.badAnswers;
    out["old_versions"] = health.oldVersions;
    return out.dump() + "\n";
}

void writeHealth(node::OpenMetrics& out, const GatewayHealth& health)
{
    out.gauge("tarn_gateway_healthy", "1: new files find a place.", health.healthy() ? 1 : 0);
    out.gauge("tarn_gateway_servers", "Servers that are known.", health.known);
    out.gauge("tarn_gateway_servers_reachable",
              "Servers that did not fail when they were asked last.", health.reachable);
    out.gauge("tarn_gateway_servers_taking_shares",
              "Reachable servers with room that may be given new shares.", health.taking);
    out.gauge("tarn_gateway_servers_needed", "Servers that a new file needs.", health.happy);
    out.counter("tarn_gateway_corrupt_shares", "Corrupt shares that servers gave.",
                health.corruptShares);
    out.counter("tarn_gateway_bad_answers", "Answers that no correct server gives.",
                health.badAnswers);
    out.counter("tarn_gateway_old_versions",
                "Shares of mutable files older than what other servers keep.", health.oldVersions);
}

} // namespace tarn::gateway::web
