// http_server: HTTP/1.1 as a server on any channel.
#pragma once

#include "core/net/channel.h"
#include "core/net/http_client.h"
#include "core/net/http_message.h"

#include <memory>

namespace tarn::net {

struct HttpServerLimits
{
    std::size_t headBytes = 32 * 1024;
    std::size_t headerCount = 100;
    Duration headTimeout = std::chrono::seconds(30);  ///< first byte of a head to its last
    Duration idleTimeout = std::chrono::seconds(300); ///< between requests
    Duration bodyTimeout = std::chrono::seconds(60);  ///< without any progress on a body
    std::size_t connections = 2048;                   ///< at once; more are closed at accept
};

/// One request being answered. If the handler returns without having answered, the client gets
/// 500; a request body that was not read is drained up to a bound, else the connection closes.
class ServerExchange
{
public:
    virtual ~ServerExchange() = default;

    virtual const RequestHead& head() const = 0;
    /// Content-Length; absent with a chunked body. 0 without a body.
    virtual std::optional<std::uint64_t> bodyLength() const = 0;
    /// Sends "100 Continue" first where the client waits for it.
    /// \return bytes read, 0 at the end.
    virtual asio::awaitable<Result<std::size_t>> readBody(MutableByteView into) = 0;
    /// \return InvalidInput: more than `limit` bytes (answer 413).
    virtual asio::awaitable<Result<Bytes>> readAll(std::size_t limit) = 0;

    /// A whole answer with Content-Length, one write. For HEAD the body is counted, not sent.
    virtual asio::awaitable<Result<void>> respond(unsigned status, HttpHeaders headers,
                                                  std::span<const ByteView> body) = 0;
    asio::awaitable<Result<void>> respondText(unsigned status, HttpHeaders headers,
                                              std::string body);
    /// An answer in pieces; chunked where `length` is absent.
    virtual asio::awaitable<Result<void>> beginResponse(unsigned status, HttpHeaders headers,
                                                        std::optional<std::uint64_t> length) = 0;
    virtual asio::awaitable<Result<void>> writeBody(ByteView piece) = 0;
    virtual asio::awaitable<Result<void>> finishResponse() = 0;

    /// Answers 101 with these headers and takes the channel over.
    virtual asio::awaitable<Result<UpgradedChannel>> upgrade(HttpHeaders headers) = 0;

    /// True once an answer (or its beginning) has been sent.
    virtual bool answered() const = 0;
    virtual const std::string& peer() const = 0;
};

class HttpHandler
{
public:
    virtual ~HttpHandler() = default;
    /// One call per request; concurrent for different connections. When the client goes away the
    /// coroutine is cancelled.
    virtual asio::awaitable<Result<void>> serve(ServerExchange& exchange) = 0;
};

/// Serves requests on one channel until it closes. \return an error only for the log.
asio::awaitable<Result<void>> serveHttp(std::unique_ptr<Channel> channel, HttpHandler& handler,
                                        Clock& clock, HttpServerLimits limits);

} // namespace tarn::net
