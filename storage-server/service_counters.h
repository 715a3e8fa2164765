// service_counters: what the storage service counts about its requests. Engine thread.
#pragma once

#include "core/wire/http_routes.h"

#include <array>
#include <cstdint>
#include <map>

namespace tarn::storage {

inline constexpr std::size_t kOperationCount = 9;
/// "read-test-write"
std::string_view nameOf(wire::Operation operation);

struct ServiceCounters
{
    std::array<std::uint64_t, kOperationCount> requests{}; ///< by operation, answered or not
    std::map<unsigned, std::uint64_t> answers;             ///< by HTTP status
    std::uint64_t bytesReceived = 0;                       ///< of shares
    std::uint64_t bytesSent = 0;                           ///< of shares
};

} // namespace tarn::storage
