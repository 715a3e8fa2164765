// peer_way: one kind of way to a peer; a RacingDialer tries several beside each other.
#pragma once

#include "core/base/result.h"
#include "core/net/peer_key.h"
#include "core/net/stream.h"

#include <boost/asio/awaitable.hpp>

namespace tarn {

/// Best first: a path of an earlier one replaces a path of a later one.
enum class WayClass { SameHost, Lan, Direct, Mapped, Reversed, Punched, Relayed };

class PeerWay
{
public:
    virtual ~PeerWay() = default;
    virtual WayClass wayClass() const = 0;
    /// It knows enough of `peer` to try.
    virtual bool knows(const net::PeerKey& peer) const = 0;
    /// A connected stream, before TLS.
    /// \return PeerUnreachable: what was tried and why it failed, in words for people.
    virtual net::asio::awaitable<Result<net::Stream>> connect(net::PeerKey peer) = 0;
};

} // namespace tarn
