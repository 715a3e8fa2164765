// http_server: HTTP/1.1 as a server on any channel.
#pragma once

#include "core/base/secret.h"
#include "core/net/channel.h"
#include "core/net/http_client.h"
#include "core/net/http_message.h"

#include <boost/asio/any_io_executor.hpp>

#include <functional>
#include <memory>
#include <optional>

namespace tarn::net {

struct HttpServerLimits
{
    std::size_t headBytes = 32 * 1024;
    std::size_t headerCount = 100;
    Duration headTimeout = std::chrono::seconds(30);  ///< first byte of a head to its last
    Duration idleTimeout = std::chrono::seconds(300); ///< between requests
    Duration bodyTimeout = std::chrono::seconds(60);  ///< without any progress on a body
    std::size_t drainBytes = 256 * 1024; ///< of a body nobody read, to save the connection
    std::size_t connections = 2048; ///< at once; when full, newcomers displace who waits longest
    /// When full: the age at which an unfinished handshake or head gives way to a newcomer.
    Duration crowdedTimeout = std::chrono::seconds(3);
    HttpHeaders ownAnswers; ///< of every answer that is not the handler's
};

/// One request being answered. If the handler returns without having answered, the client gets
/// 500, or 400 where the body was badly chunked; a request body that was not read is drained up to
/// a bound, else the connection closes.
class ServerExchange
{
public:
    virtual ~ServerExchange() = default;

    virtual const RequestHead& head() const = 0;
    /// Content-Length; absent with a chunked body. 0 without a body.
    virtual std::optional<std::uint64_t> bodyLength() const = 0;
    /// Sends "100 Continue" first where the client waits for it.
    /// \param into  not empty.
    /// \return bytes read, 0 at the end.  PeerMisbehaved: bad chunks (answer 400).
    virtual asio::awaitable<Result<std::size_t>> readBody(MutableByteView into) = 0;
    /// \return InvalidInput: more than `limit` bytes (answer 413).
    virtual asio::awaitable<Result<Bytes>> readAll(std::size_t limit) = 0;

    /// A whole answer with Content-Length, one write. For HEAD the body is counted, not sent.
    /// Content-Length, Transfer-Encoding, Connection and Date are the connection's business: those
    /// among `headers` are dropped, but "Connection: close", which is obeyed.
    virtual asio::awaitable<Result<void>> respond(unsigned status, HttpHeaders headers,
                                                  std::span<const ByteView> body) = 0;
    asio::awaitable<Result<void>> respondText(unsigned status, HttpHeaders headers,
                                              std::string body);
    /// An answer in pieces; chunked where `length` is absent. The head leaves with the first
    /// writeBody, which may be empty to send the head alone. HEAD: finish without a body.
    virtual asio::awaitable<Result<void>> beginResponse(unsigned status, HttpHeaders headers,
                                                        std::optional<std::uint64_t> length) = 0;
    virtual asio::awaitable<Result<void>> writeBody(ByteView piece) = 0;
    /// Without it (an error half-way) the client sees the answer cut off.
    virtual asio::awaitable<Result<void>> finishResponse() = 0;

    /// Answers 101 with these headers and takes the channel over.
    virtual asio::awaitable<Result<UpgradedChannel>> upgrade(HttpHeaders headers) = 0;

    /// True once an answer (or its beginning) has been sent.
    virtual bool answered() const = 0;
    /// How long the handler has been waiting for something else than this client; nothing while it
    /// reads from it or writes to it.
    virtual std::optional<Duration> away() const { return std::nullopt; }
    /// Answers for a handler that is away and closes the connection; where an answer has begun, it
    /// is cut off. Whatever the handler still does with the exchange fails with Cancelled. The
    /// connection counts until the handler has returned.
    /// \return false: it is not away, or was given up before.
    virtual bool giveUp(unsigned /*status*/, std::string /*text*/) { return false; }
    virtual const std::string& peer() const = 0;
    /// Keying material of this connection alone, as Channel::exporter.
    /// \return Unsupported: the connection is not TLS.
    virtual Result<Secret> exporter(std::string_view label, ByteView context,
                                    std::size_t size) const;
};

class HttpHandler
{
public:
    virtual ~HttpHandler() = default;
    /// One call per request; concurrent for different connections. When the client goes away the
    /// coroutine is cancelled: its present co_await ends with operation_aborted.
    virtual asio::awaitable<Result<void>> serve(ServerExchange& exchange) = 0;
};

/// Serves requests on one channel until it closes. Cancelling it cancels the running handler and
/// closes the channel. `handler` and `clock` outlive it.
/// \return an error only for the log.
asio::awaitable<Result<void>> serveHttp(std::unique_ptr<Channel> channel, HttpHandler& handler,
                                        Clock& clock, HttpServerLimits limits);

/// Serves many channels and knows them all, so that they can be counted and ended. Engine thread.
class HttpServer
{
public:
    /// `handler` and `clock` outlive the server and its connections.
    HttpServer(asio::any_io_executor executor, HttpHandler& handler, Clock& clock,
               HttpServerLimits limits);
    /// Connections that are still there are cancelled.
    ~HttpServer();
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    /// Serves the channel in a task of its own. When stopping, or when all of limits.connections
    /// are busy with requests, it is closed.
    void serve(std::unique_ptr<Channel> channel);
    std::size_t connections() const;
    /// True when some connection waits for its next request.
    bool waitsForRequests() const;
    /// Closes the connection that has been waiting longest for a request; where none waits, the
    /// one with the oldest unfinished head, if that is older than limits.crowdedTimeout.
    /// \return false: there is none such.
    bool giveWay();

    /// Idle connections close now, others after their present request; those that take longer
    /// than `limit` are cancelled. Returns when none is left.
    asio::awaitable<void> stop(Duration limit);

private:
    struct Shared;
    std::shared_ptr<Shared> m_shared;
};

} // namespace tarn::net
