// dial_back_desk: tries to connect to members who ask for it, and signs what came of it. Only to
// the address from which the member is seen, only a TLS handshake with its key, once a minute at
// most; and of what else is there nothing can be learned, neither from the answer nor from its
// time. Engine thread. Source: core/doc/protocol/peers.md.
#pragma once

#include "core/base/clock.h"
#include "core/net/dialer.h"
#include "core/net/tls_context.h"
#include "profiles/friendnet/dial_back_message.h"

#include <functional>
#include <map>
#include <string>

namespace tarn::profiles {

class DialBackDesk
{
public:
    struct Parts
    {
        Clock& clock;
        const crypto::Ed25519Key& key;       ///< the node's
        std::function<net::Dialer*()> plain; ///< connects to locations; null: this node is stopping
        std::function<bool()> willing;       ///< its owner allows it
    };
    /// What `parts` refers to outlives it and what it began.
    explicit DialBackDesk(Parts parts) : m_parts(std::move(parts)) {}

    /// \param seen  from where the request comes: "192.0.2.1:41200".
    /// \return a statement.  InvalidInput: no port.  Unsupported: not seen at an address of its
    ///         own, or the owner does not want it.  Conflict: too often, or too many at once.
    asio::awaitable<Result<Bytes>> answer(Ed25519PublicKey asker, std::string seen, Bytes request);

private:
    Result<void> admit(const Ed25519PublicKey& asker);
    asio::awaitable<Result<void>> reach(Ed25519PublicKey asker, net::Location place);

    Parts m_parts;
    std::map<Ed25519PublicKey, TimePoint> m_last;
    std::size_t m_running = 0;
    net::TlsClientContext m_tls;
};

} // namespace tarn::profiles
