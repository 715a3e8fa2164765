// service_counters: what the storage service counts about its requests. Engine thread.
#pragma once

#include "core/node/latency_counts.h"
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

struct ServiceCounters
{
    node::RequestCounts requests; ///< by nameOf(operation), kGrantEndpoint, kOtherEndpoint
    std::array<node::LatencyCounts, kOperationCount> latencies; ///< by operation, when let in
    std::uint64_t bytesReceived = 0;                            ///< of shares
    std::uint64_t bytesSent = 0;                                ///< of shares
};

} // namespace tarn::storage
