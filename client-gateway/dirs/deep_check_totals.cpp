#include "client-gateway/dirs/deep_check_totals.h"

#include <utility>

namespace tarn::gateway {

template <class Item>
void DeepCheckTotals::addTo(std::vector<Item>& list, Item item)
{
    if (list.size() < kMaxListedProblems) {
        list.push_back(std::move(item));
    } else {
        listsCutOff = true;
    }
}

void DeepCheckTotals::add(const VisitedNode& visited)
{
    stats.add(visited);
    if (visited.unreadable) addFailure(visited, *visited.unreadable);
    if (visited.unchecked) addFailure(visited, *visited.unchecked);
    if (const auto* result = std::get_if<CheckResult>(&visited.health)) addBefore(visited, *result);
    if (const auto* repair = std::get_if<RepairResult>(&visited.health)) {
        addBefore(visited, repair->before);
        addSide(after, repair->after, remainingCorruptShares);
        if (repair->attempted) ++repairsAttempted;
        if (repair->attempted && repair->successful) ++repairsSuccessful;
    }
}

void DeepCheckTotals::addBefore(const VisitedNode& visited, const CheckResult& result)
{
    ++checked;
    addSide(before, result, corruptShares);
    if (!result.healthy) addTo(unhealthyNodes, UnhealthyNode{visited.path, result});
}

void DeepCheckTotals::addSide(Side& side, const CheckResult& result,
                              std::vector<CorruptShare>& list)
{
    ++(result.healthy ? side.healthy : side.unhealthy);
    side.corruptShares += result.corruptShares.size();
    for (const BadShare& bad : result.corruptShares)
        addTo(list, CorruptShare{bad.serverId, result.storageIndex, bad.share});
}

void DeepCheckTotals::addFailure(const VisitedNode& visited, const Error& why)
{
    ++failed;
    addTo(failedNodes, FailedNode{visited.path, why.text()});
}

} // namespace tarn::gateway
