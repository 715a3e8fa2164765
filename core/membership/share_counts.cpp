#include "core/membership/share_counts.h"

#include <algorithm>

namespace tarn::membership {

ShareCounts shareCountsFor(std::uint32_t members)
{
    ShareCounts out;
    out.total = std::clamp(members, 1U, kMostShares);
    out.needed = std::max((3 * out.total + 5) / 10, 1U);
    out.happy = (out.total + out.needed + 1) / 2;
    return out;
}

} // namespace tarn::membership
