#include "client-gateway/web/deep_lines.h"

#include "client-gateway/dirs/manifest.h"
#include "client-gateway/web/cap_info.h"
#include "client-gateway/web/check_value.h"
#include "client-gateway/web/reply.h"
#include "client-gateway/web/stats_value.h"
#include "core/cap/cap.h"

#include <nlohmann/json.hpp>

namespace tarn::gateway::web {

namespace {

using nlohmann::ordered_json;

std::string printLine(const ordered_json& value)
{
    return value.dump(-1, ' ', true, ordered_json::error_handler_t::replace) + "\n";
}

std::string_view typeOf(const CapInfo& cap)
{
    if (cap.kind == CapInfo::Kind::Unknown) return "unknown";
    return cap.kind == CapInfo::Kind::Directory ? "directory" : "file";
}

std::string repairCapOf(const cap::Node& node)
{
    const auto* known = std::get_if<cap::Cap>(&node);
    if (!known) return {};
    const std::optional<cap::Cap> repair = cap::repairOf(*known);
    return repair ? cap::printCap(*repair) : std::string();
}

CheckResult uncheckedResult(const CapInfo& cap, const Error& why)
{
    CheckResult result;
    result.storageIndex = cap.storageIndex;
    result.summary = "Not checked: " + why.message();
    return result;
}

/// A node for which nothing is stored is healthy.
CheckResult nothingStored()
{
    CheckResult result;
    result.literal = true;
    return result;
}

void addHealth(ordered_json& line, const VisitedNode& node, NodeCheck check, const CapInfo& cap)
{
    if (check == NodeCheck::None) return;
    const bool repairs = check == NodeCheck::CheckAndRepair;
    CheckResult checked = nothingStored();
    if (node.unchecked) checked = uncheckedResult(cap, *node.unchecked);
    RepairResult repaired;
    if (const auto* found = std::get_if<CheckResult>(&node.health)) checked = *found;
    if (const auto* found = std::get_if<RepairResult>(&node.health)) {
        repaired = *found;
    } else {
        repaired.before = checked;
        repaired.after = std::move(checked);
    }
    if (repairs) {
        line["check-and-repair-results"] = repairValue(repaired);
    } else {
        line["check-results"] = checkValue(repaired.before);
    }
}

} // namespace

std::string nodeLine(const VisitedNode& node, NodeCheck check)
{
    const CapInfo cap = describeNode(node.node);
    ordered_json line{{"path", node.path},
                      {"cap", capTextOf(node.node)},
                      {"type", typeOf(cap)},
                      {"verifycap", cap.verify},
                      {"repaircap", repairCapOf(node.node)},
                      {"storage-index", cap.storageIndex}};
    addHealth(line, node, check, cap);
    const std::optional<Error>& problem = node.unreadable ? node.unreadable : node.unchecked;
    if (problem) line["error"] = explain(*problem);
    if (node.unreadable) line["listed"] = false;
    return printLine(line);
}

std::string statsLine(const DeepStats& stats)
{
    return printLine(ordered_json{{"type", "stats"}, {"stats", statsValue(stats)}});
}

std::string errorLine(const Error& error)
{
    std::string text = explain(error);
    for (char& c : text)
        if (c == '\n' || c == '\r') c = ' ';
    return "ERROR: " + text + "\n";
}

} // namespace tarn::gateway::web
