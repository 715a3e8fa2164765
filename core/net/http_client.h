// http_client: one HTTP/1.1 connection as a client. The pool above it keeps several per peer.
#pragma once

#include "core/net/channel.h"
#include "core/net/http_message.h"

#include <memory>
#include <optional>

namespace tarn::net {

struct HttpClientLimits
{
    std::size_t headBytes = 64 * 1024;
    std::size_t headerCount = 200;
    Duration headTimeout = std::chrono::seconds(60); ///< from the last byte sent to a whole head
    Duration bodyTimeout = std::chrono::seconds(60); ///< without any progress on a body
    std::uint64_t leastRate = 4096; ///< bytes per second of readAll(), bodyTimeout not counted
};

/// A channel taken over after 101, with the bytes that the peer had already sent on it.
struct UpgradedChannel
{
    std::unique_ptr<Channel> channel;
    Bytes leftover;
};

/// One request at a time: request(), then readBody() until it returns 0, then the next request.
/// After an error or a cancelled operation the connection is of no more use.
class HttpClientConnection
{
public:
    HttpClientConnection(std::unique_ptr<Channel> channel, Clock& clock,
                         HttpClientLimits limits = {});
    ~HttpClientConnection();
    HttpClientConnection(const HttpClientConnection&) = delete;
    HttpClientConnection& operator=(const HttpClientConnection&) = delete;

    /// Sends head and body (Content-Length is added; Host comes from the caller) in one write and
    /// reads the answer's head, skipping 1xx but 101. An answer that comes before the body was
    /// taken whole is returned as well; the connection is then not reusable.
    /// \return InvalidInput: the head cannot be sent as it is.  PeerMisbehaved: not HTTP/1.
    ///         Timeout, PeerUnreachable, Cancelled.
    asio::awaitable<Result<ResponseHead>> request(const RequestHead& head,
                                                  std::span<const ByteView> body);
    /// A body that is produced while it is sent: begin, any number of writes, finish. Without a
    /// length it travels chunked. The head leaves with the first piece.
    asio::awaitable<Result<void>> beginRequest(const RequestHead& head,
                                               std::optional<std::uint64_t> length);
    /// InvalidInput: more than the announced length.
    asio::awaitable<Result<void>> writeBody(ByteView piece);
    /// The answer came before the body was taken whole: what else is written goes nowhere, and
    /// finishRequest() returns at once.
    bool answeredEarly() const;
    /// InvalidInput: less than the announced length.
    asio::awaitable<Result<ResponseHead>> finishRequest();

    /// Straight into the caller's buffer, which is not empty.
    /// \return bytes read, 0 at the end of the body.
    asio::awaitable<Result<std::size_t>> readBody(MutableByteView into);
    /// The whole rest. \return PeerMisbehaved: more than `limit` bytes.  Timeout also for a peer
    ///         that sends byte by byte to hold the reader up.
    asio::awaitable<Result<Bytes>> readAll(std::size_t limit);

    /// After a 101.
    UpgradedChannel upgrade() &&;

    /// True when the last answer was read to its end and the peer keeps the connection.
    bool reusable() const;
    /// True when any byte of the present answer has come. While false, a request that failed may
    /// not have reached the peer at all.
    bool answerBegan() const;
    Channel& channel();

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace tarn::net
