// peer_signals: one small question to a peer that cannot be connected to (yet), and its answer,
// carried by those who have a link with both. Used to agree on hole punching. Carriers may read,
// drop or change it: whoever answers is proven by TLS afterwards only.
#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/net/peer_key.h"

#include <boost/asio/awaitable.hpp>

namespace tarn {

inline constexpr std::size_t kLargestSignal = 3072;

class PeerSignals
{
public:
    virtual ~PeerSignals() = default;
    /// There is somebody who can carry a question to `peer`.
    virtual bool reaches(const net::PeerKey& peer) const = 0;
    /// \return TimedOut after 5 s, PeerUnreachable, InvalidInput: more than kLargestSignal.
    virtual boost::asio::awaitable<Result<Bytes>> ask(net::PeerKey peer, Bytes question) = 0;
};

class SignalHandler
{
public:
    virtual ~SignalHandler() = default;
    /// What `peer` is answered; bounded and rested by the caller.
    virtual boost::asio::awaitable<Result<Bytes>> onSignal(net::PeerKey peer, Bytes question) = 0;
};

} // namespace tarn
