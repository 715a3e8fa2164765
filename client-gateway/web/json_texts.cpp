#include "client-gateway/web/json_texts.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace tarn::gateway::web {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

/// Nicknames come from strangers: bytes that are no UTF-8 become U+FFFD.
template <class Json>
std::string print(const Json& value)
{
    return value.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

ordered_json fileMembers(const CapInfo& cap)
{
    ordered_json members;
    members["mutable"] = false;
    members["format"] = "CHK";
    if (cap.size) members["size"] = *cap.size;
    if (!cap.readOnly.empty()) members["ro_uri"] = cap.readOnly;
    if (!cap.verify.empty()) members["verify_uri"] = cap.verify;
    return members;
}

ordered_json unknownMembers(const CapInfo& cap)
{
    ordered_json members = ordered_json::object();
    if (!cap.readOnly.empty()) members["ro_uri"] = cap.readOnly;
    if (cap.readOnly.starts_with("imm.")) members["mutable"] = false;
    return members;
}

ordered_json corruptShares(const CheckResult& result)
{
    ordered_json out = ordered_json::array();
    for (const BadShare& bad : result.corruptShares)
        out.push_back({bad.serverId, result.storageIndex, bad.share.value});
    return out;
}

ordered_json shareMap(const CheckResult& result)
{
    ordered_json out = ordered_json::object();
    for (const auto& [share, servers] : result.shareMap)
        out[std::to_string(share.value)] = servers;
    return out;
}

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

double unixTime(WallTime time)
{
    return std::chrono::duration<double>(time.time_since_epoch()).count();
}

ordered_json serverValue(const ServerView& server)
{
    ordered_json out{{"nodeid", server.id},
                     {"connection_status", server.status.text},
                     {"available_space", nullptr},
                     {"nickname", server.nickname},
                     {"version", nullptr},
                     {"last_received_data", nullptr},
                     {"corrupt_shares", server.status.corruptShares},
                     {"bad_answers", server.status.badAnswers},
                     {"last_problem", nullptr},
                     {"last_problem_at", nullptr}};
    if (server.status.version) {
        out["available_space"] = server.status.version->availableSpace;
        out["version"] = server.status.version->applicationVersion;
    }
    if (server.status.lastReceived)
        out["last_received_data"] = unixTime(*server.status.lastReceived);
    if (server.status.lastProblemAt) {
        out["last_problem"] = server.status.lastProblem;
        out["last_problem_at"] = unixTime(*server.status.lastProblemAt);
    }
    return out;
}

ordered_json numbersOf(const std::set<ShareNumber>& shares)
{
    ordered_json out = ordered_json::array();
    for (const ShareNumber share : shares)
        out.push_back(share.value);
    return out;
}

ordered_json happinessValue(const HappinessReport& report)
{
    ordered_json servers = ordered_json::array();
    for (const ServerReport& server : report.servers) {
        servers.push_back({{"nodeid", server.serverId},
                           {"nickname", server.nickname},
                           {"outcome", nameOf(server.outcome)},
                           {"reason", server.reason},
                           {"holding", numbersOf(server.holding)},
                           {"accepted", numbersOf(server.accepted)}});
    }
    return {{"summary", report.summary()},  {"needed", report.needed},
            {"happy", report.happy},        {"total", report.total},
            {"reached", report.reached},    {"servers-known", report.serversKnown},
            {"servers", std::move(servers)}};
}

} // namespace

std::string capJson(const CapInfo& cap)
{
    const bool unknown = cap.kind == CapInfo::Kind::Unknown;
    ordered_json out = ordered_json::array();
    out.push_back(unknown ? "unknown" : "filenode");
    out.push_back(unknown ? unknownMembers(cap) : fileMembers(cap));
    return print(out);
}

std::string checkJson(const CheckResult& result)
{
    return print(checkValue(result));
}

std::string repairJson(const RepairResult& result)
{
    if (result.before.literal)
        return print(ordered_json{{"storage-index", ""}, {"repair-attempted", false}});
    return print(ordered_json{{"storage-index", result.before.storageIndex},
                              {"repair-attempted", result.attempted},
                              {"repair-successful", result.successful},
                              {"pre-repair-results", checkValue(result.before)},
                              {"post-repair-results", checkValue(result.after)}});
}

std::string serversJson(const std::vector<ServerView>& servers)
{
    ordered_json list = ordered_json::array();
    for (const ServerView& server : servers)
        list.push_back(serverValue(server));
    ordered_json out;
    out["introducers"]["statuses"] = ordered_json::array();
    out["servers"] = std::move(list);
    return print(out);
}

std::string errorJson(const Error& error, const HappinessReport* report)
{
    ordered_json out{{"error", error.message()}, {"code", nameOf(error.code())}};
    if (report) out["happiness"] = happinessValue(*report);
    return print(out);
}

} // namespace tarn::gateway::web
