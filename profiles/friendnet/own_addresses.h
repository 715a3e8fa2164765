// own_addresses: where members may find this node, from all that is known of it, best hints for
// strangers first; and which of that they are told. Pure, any thread.
#pragma once

#include "core/base/clock.h"
#include "core/base/quantity.h"
#include "core/wire/location.h"
#include "profiles/friendnet/local_addresses.h"
#include "profiles/friendnet/peer_way.h"
#include "profiles/friendnet/reach_config.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::profiles {

/// An announcement has room for twice as many.
inline constexpr std::size_t kMostTold = 8;

enum class AddressOrigin { Entered, Interface, Router, Seen };
/// "entered", "interface", "router", "seen by a member".
std::string_view nameOf(AddressOrigin origin);

/// What a member has signed about an address.
struct AddressProof
{
    asio::ip::address address;
    std::uint16_t port = 0;
    bool reached = false;
    WallTime at{};
    std::string observer; ///< "v0-..."
};

/// What a router lets in for this node.
struct RouterDoor
{
    asio::ip::address address; ///< of the router, outside
    std::uint16_t port = 0;
    std::string protocol; ///< "UPnP", "NAT-PMP", "PCP"
    friend bool operator==(const RouterDoor&, const RouterDoor&) = default;
};

struct AddressFacts
{
    /// [announce] locations; port 0 is the listener's.
    std::optional<std::vector<wire::Location>> entered;
    HostPort listen;   ///< with its real port
    bool ipv6 = false; ///< where `listen` is every IPv4 address, every IPv6 one is, too
    std::vector<LocalAddress> local;
    std::optional<RouterDoor> door;
    std::vector<AddressProof> proofs; ///< the latest of each address and port
};

struct OwnAddress
{
    wire::Location location;
    WayClass way = WayClass::Direct;
    AddressOrigin origin = AddressOrigin::Entered;
    bool told = false;
    std::string untold;                ///< why not, for people
    std::optional<AddressProof> proof; ///< absent: nobody has tried
};

/// Nothing is found out or told but what was entered: nothing shall be known of this node, or what
/// it dials goes through others.
bool keepsToItself(const std::optional<std::vector<wire::Location>>& entered, bool dialsDirectly);

/// Each place once.
std::vector<OwnAddress> ownAddresses(const AddressFacts& facts, const ReachConfig& config);
std::vector<wire::Location> toldOf(const std::vector<OwnAddress>& addresses);

/// How a peer's location is to be dialled from a machine with these addresses of its own; `all` are
/// the locations of that peer.
WayClass wayTo(const wire::Location& location, const std::vector<wire::Location>& all,
               const std::vector<LocalAddress>& local);

/// "same host", "lan", "direct", "mapped", "reversed", "punched", "relayed".
std::string_view nameOf(WayClass way);

} // namespace tarn::profiles
