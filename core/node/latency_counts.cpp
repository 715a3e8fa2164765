#include "core/node/latency_counts.h"

namespace tarn::node {

void LatencyCounts::add(Duration took)
{
    const double seconds = std::chrono::duration<double>(took).count();
    std::size_t at = 0;
    while (at < kBounds.size() && seconds > kBounds[at])
        ++at;
    ++counts[at];
    sum += seconds;
}

} // namespace tarn::node
