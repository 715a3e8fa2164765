// dialer: turns "this peer" into a connected stream. What may be dialled is the profile's choice.
#pragma once

#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/net/stream.h"
#include "core/wire/location.h"

#include <boost/asio/awaitable.hpp>

#include <string>
#include <vector>

namespace tarn::net {

/// One configured way to a peer.
using Location = wire::Location;

class Dialer
{
public:
    virtual ~Dialer() = default;
    /// The first location that connects; the stream says which. Does not speak TLS:
    /// authentication is the caller's.
    /// \return PeerUnreachable naming every location tried and why.
    virtual asio::awaitable<Result<Stream>> dial(std::vector<Location> locations) = 0;
};

} // namespace tarn::net
