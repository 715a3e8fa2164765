// listen_port: a node whose port is not configured keeps the one that it was given first, since
// friends know it. Blocking, at the start.
//
//   STATE/port    the number
#pragma once

#include "core/net/address.h"
#include "core/node/state_dir.h"

#include <cstdint>

namespace tarn::profiles {

/// The port to listen on. 0, a free one, where none is kept or somebody else listens on it now.
/// \param address  as configured; another port than 0 is taken as it is.
std::uint16_t portToListenOn(const node::StateDir& dir, const net::Endpoint& address);

/// Writes it where it differs from what is kept.
Result<void> keepPort(const node::StateDir& dir, std::uint16_t port);

} // namespace tarn::profiles
