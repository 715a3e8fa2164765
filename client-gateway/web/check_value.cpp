#include "client-gateway/web/check_value.h"

#include <nlohmann/json.hpp>

namespace tarn::gateway::web {

using nlohmann::ordered_json;

namespace {

ordered_json corruptShares(const CheckResult& result)
{
    ordered_json out = ordered_json::array();
    for (const BadShare& bad : result.corruptShares)
        out.push_back({bad.serverId, result.storageIndex, bad.share.value});
    return out;
}

/// Of a mutable file the shares of all its versions, by "seqS-RRRR-shI".
ordered_json shareMap(const CheckResult& result)
{
    ordered_json out = ordered_json::object();
    for (const auto& [share, servers] : result.versionShareMap)
        out[share] = servers;
    if (!out.empty()) return out;
    for (const auto& [share, servers] : result.shareMap)
        out[std::to_string(share.value)] = servers;
    return out;
}

} // namespace

ordered_json checkValue(const CheckResult& result)
{
    if (result.literal) return {{"storage-index", ""}, {"results", {{"healthy", true}}}};
    ordered_json counts{{"count-happiness", result.happiness},
                        {"count-shares-good", result.sharesGood},
                        {"count-shares-needed", result.sharesNeeded},
                        {"count-shares-expected", result.sharesExpected},
                        {"count-good-share-hosts", result.goodShareHosts},
                        {"count-corrupt-shares", result.corruptShares.size()},
                        {"list-corrupt-shares", corruptShares(result)},
                        {"servers-responding", result.serversResponding},
                        {"sharemap", shareMap(result)},
                        {"count-wrong-shares", result.wrongShares},
                        {"count-recoverable-versions", result.recoverableVersions},
                        {"count-unrecoverable-versions", result.unrecoverableVersions},
                        {"healthy", result.healthy},
                        {"recoverable", result.recoverable}};
    return {{"storage-index", result.storageIndex},
            {"summary", result.summary},
            {"results", std::move(counts)}};
}

ordered_json repairValue(const RepairResult& result)
{
    if (result.before.literal) return {{"storage-index", ""}, {"repair-attempted", false}};
    return {{"storage-index", result.before.storageIndex},
            {"repair-attempted", result.attempted},
            {"repair-successful", result.successful},
            {"pre-repair-results", checkValue(result.before)},
            {"post-repair-results", checkValue(result.after)}};
}

} // namespace tarn::gateway::web
