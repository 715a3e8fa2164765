// local_listener: HTTP on a socket in the file system, for whoever may open it: its file has mode
// 0600. Engine thread.
#pragma once

#include "core/net/http_server.h"
#include "core/net/stream.h"

#include <memory>
#include <string>

namespace tarn::net {

class LocalListener
{
public:
    /// Takes the place of a socket that another process left there; the caller makes sure that
    /// nobody serves it. `handler` and `clock` outlive it.
    /// \return IoFailure: the path cannot be bound.
    static Result<std::unique_ptr<LocalListener>> open(asio::any_io_executor executor,
                                                       const std::string& path,
                                                       HttpHandler& handler, Clock& clock,
                                                       HttpServerLimits limits);
    /// Removes the socket; connections are cancelled.
    ~LocalListener();
    LocalListener(const LocalListener&) = delete;
    LocalListener& operator=(const LocalListener&) = delete;

    /// Stops accepting at once, lets running requests finish within `limit`, aborts the others.
    asio::awaitable<void> stop(Duration limit);

private:
    struct Impl;
    explicit LocalListener(std::shared_ptr<Impl> impl);

    std::shared_ptr<Impl> m_impl;
};

/// The other end. Does not wait. \return NotFound: there is no such socket.  PeerUnreachable:
/// nobody serves it.
Result<Stream> connectLocal(const asio::any_io_executor& executor, const std::string& path);

} // namespace tarn::net
