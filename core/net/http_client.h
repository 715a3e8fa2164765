// http_client: one HTTP/1.1 connection as a client. The pool above it keeps several per peer.
#pragma once

#include "core/net/channel.h"
#include "core/net/http_message.h"

#include <memory>

namespace tarn::net {

struct HttpClientLimits
{
    std::size_t headBytes = 64 * 1024;
    Duration headTimeout = std::chrono::seconds(60); ///< from the last byte sent to a whole head
    Duration bodyTimeout = std::chrono::seconds(60); ///< without any byte of the body
};

/// A channel taken over after 101, with the bytes that the peer had already sent on it.
struct UpgradedChannel
{
    std::unique_ptr<Channel> channel;
    Bytes leftover;
};

/// One request at a time: request(), then readBody() until it returns 0, then the next request.
class HttpClientConnection
{
public:
    HttpClientConnection(std::unique_ptr<Channel> channel, Clock& clock,
                         HttpClientLimits limits = {});
    ~HttpClientConnection();
    HttpClientConnection(const HttpClientConnection&) = delete;
    HttpClientConnection& operator=(const HttpClientConnection&) = delete;

    /// Sends head and body (Content-Length is added; Host comes from the caller) in one write and
    /// reads the answer's head, skipping 1xx but 101.
    asio::awaitable<Result<ResponseHead>> request(const RequestHead& head,
                                                  std::span<const ByteView> body);
    /// A body that is produced while it is sent: begin, any number of writes, finish. Without a
    /// length it travels chunked.
    asio::awaitable<Result<void>> beginRequest(const RequestHead& head,
                                               std::optional<std::uint64_t> length);
    asio::awaitable<Result<void>> writeBody(ByteView piece);
    asio::awaitable<Result<ResponseHead>> finishRequest();

    /// Straight into the caller's buffer. \return bytes read, 0 at the end of the body.
    asio::awaitable<Result<std::size_t>> readBody(MutableByteView into);
    /// The whole rest. \return PeerMisbehaved: more than `limit` bytes.
    asio::awaitable<Result<Bytes>> readAll(std::size_t limit);

    /// After a 101.
    UpgradedChannel upgrade() &&;

    /// True when the last answer was read to its end and the peer keeps the connection.
    bool reusable() const;
    Channel& channel();

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace tarn::net
