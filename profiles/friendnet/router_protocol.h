// router_protocol: one way of asking a home router to let members in. Blocking: on a thread of its
// own.
#pragma once

#include "core/base/result.h"
#include "profiles/friendnet/own_addresses.h"

#include <chrono>
#include <optional>
#include <string_view>

namespace tarn::profiles {

struct DoorWish
{
    std::uint16_t innerPort = 0;
    std::uint16_t outerPort = 0; ///< wished; another may be given
    std::chrono::seconds life{3600};
    std::optional<RouterDoor> before; ///< as it is, or was
};

class RouterProtocol
{
public:
    virtual ~RouterProtocol() = default;
    /// "UPnP", "PCP".
    virtual std::string_view name() const = 0;
    /// Opens a door, or sees that it is still open. At most some 10 s.
    /// \return PeerUnreachable: there is no such router.  Conflict: it refuses; others.
    virtual Result<RouterDoor> openBlocking(const DoorWish& wish) = 0;
    virtual Result<void> closeBlocking(const RouterDoor& door, std::uint16_t innerPort) = 0;
};

} // namespace tarn::profiles
