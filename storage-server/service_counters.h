// service_counters: what the storage service counts about its requests. Engine thread.
#pragma once

#include "core/base/clock.h"
#include "core/node/request_counts.h"
#include "core/wire/http_routes.h"

#include <array>
#include <cstdint>

namespace tarn::storage {

inline constexpr std::size_t kOperationCount = 9;
/// "read-test-write"
std::string_view nameOf(wire::Operation operation);
/// What is asked for by no operation, as requests are counted.
inline constexpr std::string_view kGrantEndpoint = "grant";
inline constexpr std::string_view kOtherEndpoint = "other";

/// How long requests took.
struct LatencyCounts
{
    /// Seconds; the last of the counts is for what took longer.
    static constexpr std::array<double, 6> kBounds{0.001, 0.01, 0.1, 1, 10, 60};

    void add(Duration took)
    {
        const double seconds = std::chrono::duration<double>(took).count();
        std::size_t at = 0;
        while (at < kBounds.size() && seconds > kBounds[at])
            ++at;
        ++counts[at];
        sum += seconds;
    }

    std::array<std::uint64_t, kBounds.size() + 1> counts{};
    double sum = 0; ///< seconds
};

struct ServiceCounters
{
    node::RequestCounts requests; ///< by nameOf(operation), kGrantEndpoint, kOtherEndpoint
    std::array<LatencyCounts, kOperationCount> latencies; ///< by operation, those that were let in
    std::uint64_t bytesReceived = 0;                      ///< of shares
    std::uint64_t bytesSent = 0;                          ///< of shares
};

} // namespace tarn::storage
