// punch_address: where packets may go because a peer said so. Pure, any thread.
#pragma once

#include "core/net/address.h"

#include <span>

namespace tarn::profiles {

/// A peer may name it at all: of one host, not this one, not a service of the system (ports below
/// 1024). No loopback, multicast, broadcast, link-local, reserved, unspecified or mapped address.
bool mayBeNamed(const net::Endpoint& endpoint);
/// Not of the whole Internet: RFC 1918, 100.64.0.0/10, fc00::/7.
bool isPrivate(const net::asio::ip::address& address);
/// It may be there for this node: of the whole Internet, or private and in the same network (/24,
/// /64) as one of this node's own addresses.
bool makesSense(const net::Endpoint& endpoint, std::span<const net::asio::ip::address> own);

} // namespace tarn::profiles
