// dialer: turns "this peer" into a connected stream. What may be dialled is the profile's choice.
#pragma once

#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/net/peer_key.h"
#include "core/net/stream.h"
#include "core/wire/location.h"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
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
    /// The same for who knows other ways to this peer than its locations: over such a way
    /// Stream::choice is kNoChoice.
    virtual asio::awaitable<Result<Stream>> dialPeer(PeerKey /*peer*/,
                                                     std::vector<Location> locations)
    {
        return dial(std::move(locations));
    }
    /// There is such a way now.
    virtual bool hasOwnWay(const PeerKey& /*peer*/) const { return false; }
    /// Another number: connections made before are most likely dead, whoever uses them may go on.
    virtual std::uint64_t epochOf(const PeerKey& /*peer*/) const { return 0; }
};

} // namespace tarn::net
