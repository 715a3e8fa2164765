// sam_session: a place in the I2P network, lent by a router through its SAM port: connections out
// of it, and connections into it led to a listener of ours.
// Source: geti2p.net/spec/sam (3.1).
#pragma once

#include "core/base/clock.h"
#include "core/base/random.h"
#include "core/base/secret.h"
#include "core/net/address.h"
#include "core/net/stream.h"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <optional>
#include <string>

namespace tarn::net {

struct SamSettings
{
    Endpoint router;                 ///< its SAM port
    std::optional<Endpoint> forward; ///< connections from I2P are led here
};

/// Whether a router's SAM port answers. \return PeerUnreachable, Timeout, PeerMisbehaved: no SAM.
asio::awaitable<Result<void>> greetI2p(Endpoint router, Clock& clock);

/// Makes the keys of a new destination. \return its text in I2P's base64, private keys included.
/// PeerUnreachable, Timeout, PeerMisbehaved as the router is.
asio::awaitable<Result<Secret>> makeI2pKeys(Endpoint router, Clock& clock);

/// Engine thread. Opens with the first need, or at once where connections are led in; a session
/// that ended is opened again: at the next need, or after a pause.
class SamSession
{
public:
    /// \param keys  of makeI2pKeys(); empty: a destination that nobody knows and that goes with the
    ///              session.  `clock` and `random` outlive the session.
    SamSession(asio::any_io_executor executor, SamSettings settings, Secret keys, Clock& clock,
               Random& random);
    ~SamSession();
    SamSession(const SamSession&) = delete;
    SamSession& operator=(const SamSession&) = delete;

    /// \param name  "abc.b32.i2p", or a name in the router's address book.
    /// \return PeerUnreachable: not there, or there is no session (its error is in the message).
    ///         Timeout, Cancelled, PeerMisbehaved.
    asio::awaitable<Result<Stream>> connect(std::string name, Duration limit);

    /// Empty while the session is open, else why not.
    const std::string& trouble() const;

private:
    struct Core;
    static void begin(const std::shared_ptr<Core>& core);
    static asio::awaitable<Result<void>> keep(std::shared_ptr<Core> core);
    static asio::awaitable<Result<void>> serve(std::shared_ptr<Core> core);
    static asio::awaitable<Result<void>> waitUntilOpen(std::shared_ptr<Core> core);
    static asio::awaitable<Result<Stream>> connectFrom(std::shared_ptr<Core> core,
                                                       std::string name);

    std::shared_ptr<Core> m_core;
};

} // namespace tarn::net
