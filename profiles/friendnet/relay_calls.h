// relay_calls: what this node asks of relays: a connection to somebody, a question to somebody.
// Each is asked over connections of its own, dialled directly. Engine thread. Source:
// core/doc/protocol/relay.md.
#pragma once

#include "core/crypto/ed25519.h"
#include "core/net/connection_pool.h"
#include "core/net/relay_messages.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tarn::profiles {

using crypto::Ed25519PublicKey;

/// Somebody to meet a peer at.
struct RelayPoint
{
    Ed25519PublicKey key;
    std::vector<net::Location> locations;
    bool relays = false; ///< carries connections; else questions only
    Bytes guest;         ///< a guest ticket; empty: this node shows who it is
};

class RelayCalls
{
public:
    struct Parts
    {
        asio::any_io_executor engine;
        Clock& clock;
        std::function<net::Dialer&()> plain; ///< connects to locations; from the first use on
        const crypto::Ed25519Key& key;       ///< the node's
        /// Where a peer may be met; the best first.
        std::function<std::vector<RelayPoint>(const net::PeerKey&)> pointsOf;
        /// What a relay wants to see besides; empty: nothing.
        std::function<std::string(const Ed25519PublicKey& relay)> passOf;
    };
    /// What `parts` refers to outlives stop().
    explicit RelayCalls(Parts parts);
    ~RelayCalls();

    std::vector<RelayPoint> pointsOf(const net::PeerKey& peer) const;
    /// One request. Outlives this object. \return the body of a 200.  Unauthorized,
    ///         PeerUnreachable, NoSpace: as the relay says.
    asio::awaitable<Result<Bytes>> post(RelayPoint at, std::string path, Bytes body,
                                        std::size_t limit);
    /// A connection that begins with `ticket`. Outlives this object.
    asio::awaitable<Result<net::Stream>> come(RelayPoint at, net::Ticket ticket);
    /// One that fails is asked after the others for a while.
    void noteFailure(const Ed25519PublicKey& relay, const Error& why);
    void noteSuccess(const Ed25519PublicKey& relay);
    bool rests(const Ed25519PublicKey& relay) const;
    /// It was there a moment ago, and may be there again in another one.
    bool lostLately(const Ed25519PublicKey& relay) const;
    Clock& clock() const;
    /// Nothing is asked from now on.
    void stop();

private:
    struct Core;
    static asio::awaitable<Result<Bytes>> postBy(std::shared_ptr<Core> core, RelayPoint at,
                                                 std::string path, Bytes body, std::size_t limit);
    static asio::awaitable<Result<net::Stream>> comeBy(std::shared_ptr<Core> core, RelayPoint at,
                                                       net::Ticket ticket);

    std::shared_ptr<Core> m_core;
};

} // namespace tarn::profiles
