// latency_counts: how long requests took, as a histogram for GET /metrics. Engine thread.
#pragma once

#include "core/base/clock.h"

#include <array>
#include <cstdint>

namespace tarn::node {

struct LatencyCounts
{
    /// Seconds; the last of the counts is for what took longer.
    static constexpr std::array<double, 6> kBounds{0.001, 0.01, 0.1, 1, 10, 60};

    void add(Duration took);

    std::array<std::uint64_t, kBounds.size() + 1> counts{};
    double sum = 0; ///< seconds
};

} // namespace tarn::node
