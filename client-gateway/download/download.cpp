#include "client-gateway/download/download.h"

namespace tarn::gateway {

std::string_view nameOf(ShareState state)
{
    switch (state) {
    case ShareState::Found:
        return "found";
    case ShareState::Used:
        return "used";
    case ShareState::Slow:
        return "slow";
    case ShareState::Failed:
        return "failed";
    case ShareState::Missing:
        return "missing";
    case ShareState::Corrupt:
        return "corrupt";
    case ShareState::Incompatible:
        return "incompatible";
    }
    return "?";
}

} // namespace tarn::gateway
