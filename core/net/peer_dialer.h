// peer_dialer: a dialer that goes on until it has met the peer itself: whoever else answers at one
// of its addresses only loses the race.
#pragma once

#include "core/net/dialer.h"
#include "core/net/tls_stream.h"

#include <memory>
#include <vector>

namespace tarn::net {

class PeerDialer : public Dialer
{
public:
    /// The first way on which the peer proves that it has its key.
    /// \param handshake  the most that TLS may take on one of them.
    /// \return PeerUnreachable naming every way tried and why.  PeerMisbehaved: others answered.
    virtual asio::awaitable<Result<std::unique_ptr<TlsStream>>>
    dialTls(PeerKey peer, std::vector<Location> locations, TlsClientContext context,
            Duration handshake) = 0;
};

} // namespace tarn::net
