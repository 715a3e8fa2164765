// listener: accepts connections on one address and serves HTTP on them: plain (loopback web), or
// TLS, where a connection may begin with a preamble instead (preamble.h).
#pragma once

#include "core/net/address.h"
#include "core/net/http_server.h"
#include "core/net/preamble.h"
#include "core/net/tls_context.h"

#include <memory>
#include <optional>

namespace tarn::net {

struct ListenerConfig
{
    Endpoint address;                          ///< port 0: a free one
    std::optional<TlsServerIdentity> identity; ///< absent: plain HTTP
    TicketRegistry* tickets = nullptr;         ///< null: preambles are refused
    bool reusePort = false;                    ///< SO_REUSEPORT, to dial from the same port
    HttpServerLimits limits;                   ///< connections includes those in handshake
    Duration handshakeTimeout = std::chrono::seconds(20); ///< accept to an authenticated channel
};

/// What came to a listener.
struct ListenerCounts
{
    std::size_t open = 0;       ///< now, those in handshake included
    std::uint64_t accepted = 0; ///< since it was opened
    std::uint64_t refused = 0;  ///< of them, those for which there was no place
    std::uint64_t failed = 0;   ///< of them, those that were not authenticated
};

/// Engine thread.
class Listener
{
public:
    /// Bound, listening and accepting when this returns. `handler` and `clock` outlive it.
    /// \return Conflict: the port is in use.  IoFailure: the address cannot be bound.
    static Result<std::unique_ptr<Listener>>
    open(asio::any_io_executor executor, ListenerConfig config, HttpHandler& handler, Clock& clock);
    /// Stops accepting; connections are cancelled.
    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    /// With the real port.
    Endpoint address() const;
    std::size_t connections() const;
    ListenerCounts counts() const;

    /// Stops accepting at once, lets running requests finish within `limit`, aborts the others.
    asio::awaitable<void> stop(Duration limit);

    /// A stream that came another way (dialled here, spliced by a relay) on which this node is
    /// TLS and HTTP server: "reversed".
    void serve(Stream stream);

private:
    struct Impl;
    explicit Listener(std::shared_ptr<Impl> impl);

    std::shared_ptr<Impl> m_impl;
};

} // namespace tarn::net
