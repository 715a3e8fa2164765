#include "client-gateway/web/operation_record.h"

namespace tarn::gateway::web {

namespace {

/// A string, its place in a container and what the allocator adds.
constexpr std::uint64_t kPerString = 64;

std::uint64_t footprint(const CheckResult& result)
{
    std::uint64_t bytes = sizeof(CheckResult) + result.summary.size();
    const std::size_t bad =
        result.corruptShares.size() + result.incompatibleShares.size() + result.failedShares.size();
    bytes += 4 * kPerString * bad;
    bytes += 2 * kPerString * (result.serversResponding.size() + result.serverProblems.size());
    for (const auto& [share, servers] : result.shareMap)
        bytes += 2 * kPerString * (1 + servers.size());
    for (const auto& [share, servers] : result.versionShareMap)
        bytes += 2 * kPerString * (1 + servers.size());
    return bytes;
}

std::uint64_t footprint(const NodeHealth& health)
{
    if (const auto* checked = std::get_if<CheckResult>(&health)) return footprint(*checked);
    const auto* repaired = std::get_if<RepairResult>(&health);
    return repaired ? footprint(repaired->before) + footprint(repaired->after) : 0;
}

std::uint64_t footprint(const VisitedNode& node)
{
    // The capability, its verifier and its storage index.
    std::uint64_t bytes = 3 * kPerString + 2 * capTextOf(node.node).size();
    for (const std::string& name : node.path)
        bytes += kPerString + name.size();
    return bytes;
}

std::string indexOf(const NodeHealth& health)
{
    if (const auto* checked = std::get_if<CheckResult>(&health)) return checked->storageIndex;
    const auto* repaired = std::get_if<RepairResult>(&health);
    return repaired ? repaired->before.storageIndex : std::string();
}

} // namespace

OperationRecord::OperationRecord(DeepOperation theOperation, NodeCheck theCheck,
                                 std::string theOrigin, std::shared_ptr<ResultBudget> budget)
    : what(theOperation), check(theCheck), origin(std::move(theOrigin)), m_budget(std::move(budget))
{
}

OperationRecord::~OperationRecord()
{
    m_budget->used -= m_held;
}

asio::awaitable<Result<void>> OperationRecord::visit(const VisitedNode& node)
{
    if (what == DeepOperation::Manifest) {
        if (!take(footprint(node))) {
            co_return Error(ErrorCode::TooLarge, "the results of all operations take more memory "
                                                 "than they may; t=stream-manifest needs none");
        }
        manifest.add(node);
    } else if (what == DeepOperation::Check) {
        totals.add(node);
        keepHealth(node);
    } else {
        stats.add(node);
    }
    co_return ok();
}

const DeepStats& OperationRecord::numbers() const
{
    if (what == DeepOperation::Manifest) return manifest.stats;
    return what == DeepOperation::Check ? totals.stats : stats;
}

bool OperationRecord::take(std::uint64_t bytes)
{
    if (bytes > m_budget->limit - m_budget->used) return false;
    m_budget->used += bytes;
    m_held += bytes;
    return true;
}

void OperationRecord::keepHealth(const VisitedNode& node)
{
    std::string index = indexOf(node.health);
    if (!index.empty() && take(footprint(node.health)))
        health.insert_or_assign(std::move(index), node.health);
}

} // namespace tarn::gateway::web
