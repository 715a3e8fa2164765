#include "client-gateway/upload/avoid_declined.h"

#include <algorithm>

namespace tarn::gateway {

Placement avoidDeclined(Placement placement, const OnServer& declined, const OnServer& settled)
{
    for (auto& placed : placement) {
        const ShareNumber share = placed.first; // captured: structured bindings are not by clang 14
        auto& server = placed.second;
        if (!declined(server, share)) continue;
        const auto exchange =
            std::find_if(placement.begin(), placement.end(), [&](const auto& other) {
                return other.second != server && !settled(other.second, other.first) &&
                       !declined(other.second, share) && !declined(server, other.first);
            });
        if (exchange != placement.end()) std::swap(server, exchange->second);
    }
    return placement;
}

} // namespace tarn::gateway
