#include "client-gateway/web/operation_texts.h"

#include "client-gateway/web/check_value.h"
#include "client-gateway/web/stats_value.h"

#include <nlohmann/json.hpp>

namespace tarn::gateway::web {

namespace {

using nlohmann::ordered_json;

ordered_json manifestValue(const OperationRecord& record)
{
    ordered_json out{{"stats", statsValue(record.manifest.stats)},
                     {"finished", record.finished},
                     {"origin", record.origin}};
    if (!record.finished) return out;
    ordered_json entries = ordered_json::array();
    for (const Manifest::Entry& entry : record.manifest.entries) {
        ordered_json pair = ordered_json::array();
        pair.push_back(entry.path);
        pair.push_back(entry.cap);
        entries.push_back(std::move(pair));
    }
    out["manifest"] = std::move(entries);
    out["verifycaps"] = record.manifest.verifyCaps;
    out["storage-index"] = record.manifest.storageIndexes;
    return out;
}

ordered_json sharesValue(const std::vector<DeepCheckTotals::CorruptShare>& shares)
{
    ordered_json out = ordered_json::array();
    for (const DeepCheckTotals::CorruptShare& share : shares)
        out.push_back({share.serverId, share.storageIndex, share.share.value});
    return out;
}

ordered_json unhealthyValue(const DeepCheckTotals& totals)
{
    ordered_json out = ordered_json::array();
    for (const DeepCheckTotals::UnhealthyNode& node : totals.unhealthyNodes) {
        ordered_json pair = ordered_json::array();
        pair.push_back(node.path);
        pair.push_back(checkValue(node.result));
        out.push_back(std::move(pair));
    }
    return out;
}

/// Not in Tahoe-LAFS, which ends at the first of these.
void addFailures(ordered_json& out, const DeepCheckTotals& totals)
{
    ordered_json failed = ordered_json::array();
    for (const DeepCheckTotals::FailedNode& node : totals.failedNodes) {
        ordered_json pair = ordered_json::array();
        pair.push_back(node.path);
        pair.push_back(node.why);
        failed.push_back(std::move(pair));
    }
    out["count-objects-failed"] = totals.failed;
    out["list-failed-objects"] = std::move(failed);
}

void addChecks(ordered_json& out, const DeepCheckTotals& totals)
{
    out["count-objects-healthy"] = totals.before.healthy;
    out["count-objects-unhealthy"] = totals.before.unhealthy;
    out["count-corrupt-shares"] = totals.before.corruptShares;
    out["list-corrupt-shares"] = sharesValue(totals.corruptShares);
}

void addRepairs(ordered_json& out, const DeepCheckTotals& totals)
{
    out["count-objects-healthy-pre-repair"] = totals.before.healthy;
    out["count-objects-unhealthy-pre-repair"] = totals.before.unhealthy;
    out["count-objects-healthy-post-repair"] = totals.after.healthy;
    out["count-objects-unhealthy-post-repair"] = totals.after.unhealthy;
    out["count-repairs-attempted"] = totals.repairsAttempted;
    out["count-repairs-successful"] = totals.repairsSuccessful;
    out["count-repairs-unsuccessful"] = totals.repairsUnsuccessful();
    out["count-corrupt-shares-pre-repair"] = totals.before.corruptShares;
    out["count-corrupt-shares-post-repair"] = totals.after.corruptShares;
    out["list-corrupt-shares"] = sharesValue(totals.corruptShares);
    out["list-remaining-corrupt-shares"] = sharesValue(totals.remainingCorruptShares);
}

ordered_json deepCheckValue(const OperationRecord& record)
{
    const DeepCheckTotals& totals = record.totals;
    ordered_json out{{"finished", record.finished},
                     {"root-storage-index", record.origin},
                     {"count-objects-checked", totals.checked}};
    if (record.check == NodeCheck::CheckAndRepair) {
        addRepairs(out, totals);
    } else {
        addChecks(out, totals);
    }
    out["list-unhealthy-files"] = unhealthyValue(totals);
    addFailures(out, totals);
    out["stats"] = statsValue(totals.stats);
    return out;
}

ordered_json valueOf(const OperationRecord& record)
{
    switch (record.what) {
    case DeepOperation::Manifest:
        return manifestValue(record);
    case DeepOperation::Size:
        return {{"finished", record.finished}, {"size", statsValue(record.stats)}};
    case DeepOperation::Stats:
        break;
    case DeepOperation::Check:
        return deepCheckValue(record);
    }
    ordered_json out = statsValue(record.stats);
    out["finished"] = record.finished;
    return out;
}

std::string slashed(const std::vector<std::string>& path)
{
    std::string out;
    for (const std::string& name : path)
        out += (out.empty() ? "" : "/") + name;
    return out;
}

} // namespace

std::string operationJson(const OperationRecord& record)
{
    return valueOf(record).dump(1, ' ', true, ordered_json::error_handler_t::replace) + "\n";
}

std::string operationText(const OperationRecord& record)
{
    std::string out = std::string("finished: ") + (record.finished ? "yes" : "no") + "\n";
    for (const Manifest::Entry& entry : record.manifest.entries)
        out += slashed(entry.path) + " " + entry.cap + "\n";
    const bool isSize = record.what == DeepOperation::Size && record.finished;
    const std::uint64_t size = record.stats.immutableBytes + record.stats.directoryBytes;
    if (isSize) out += "size: " + std::to_string(size) + "\n";
    return out;
}

} // namespace tarn::gateway::web
