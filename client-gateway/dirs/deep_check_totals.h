// deep_check_totals: what a deep check, with or without repair, found. Pure.
// Source: allmydata.check_results (DeepCheckResults, DeepCheckAndRepairResults).
#pragma once

#include "client-gateway/dirs/deep_stats.h"

#include <string>
#include <vector>

namespace tarn::gateway {

/// Lists stop growing here; the counters go on.
inline constexpr std::size_t kMaxListedProblems = 10'000;

struct DeepCheckTotals
{
    /// Of one side of a repair; without repair only `before` counts.
    struct Side
    {
        std::uint64_t healthy = 0;
        std::uint64_t unhealthy = 0;
        std::uint64_t corruptShares = 0;
    };
    struct CorruptShare
    {
        std::string serverId;
        std::string storageIndex; ///< base32
        ShareNumber share;
    };
    struct UnhealthyNode
    {
        std::vector<std::string> path;
        CheckResult result; ///< before repair
    };
    struct FailedNode
    {
        std::vector<std::string> path;
        std::string why;
    };

    std::uint64_t checked = 0; ///< nodes with a health: neither LIT nor unknown nor failed
    Side before;
    Side after;
    std::uint64_t repairsAttempted = 0;
    std::uint64_t repairsSuccessful = 0;
    std::uint64_t failed = 0; ///< directories that could not be read, checks that gave no health
    std::vector<CorruptShare> corruptShares;
    std::vector<CorruptShare> remainingCorruptShares;
    std::vector<UnhealthyNode> unhealthyNodes;
    std::vector<FailedNode> failedNodes;
    bool listsCutOff = false;
    DeepStats stats;

    std::uint64_t repairsUnsuccessful() const { return repairsAttempted - repairsSuccessful; }
    void add(const VisitedNode& visited);

private:
    void addBefore(const VisitedNode& visited, const CheckResult& result);
    void addSide(Side& side, const CheckResult& result, std::vector<CorruptShare>& list);
    void addFailure(const VisitedNode& visited, const Error& why);
    template <class Item>
    void addTo(std::vector<Item>& list, Item item);
};

} // namespace tarn::gateway
