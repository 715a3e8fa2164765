// connection_pool: HTTP connections to peers, keyed by the peer's key. Whatever path carries
// them, each is TLS pinned to that key.
#pragma once

#include "core/net/dialer.h"
#include "core/net/http_client.h"
#include "core/net/peer_key.h"
#include "core/net/tls_context.h"

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <string>
#include <vector>

namespace tarn::net {

struct PoolLimits
{
    std::size_t connectionsPerPeer = 4;        ///< and so requests in flight; at least 2
    std::size_t waitersPerPeer = 256;          ///< more requests fail at once
    Duration idle = std::chrono::seconds(120); ///< then an unused connection closes
    Duration handshake = std::chrono::seconds(20);
    Duration firstBackOff = std::chrono::seconds(1); ///< after a failed dial, doubled each time
    Duration longestBackOff = std::chrono::minutes(5);
    HttpClientLimits http;
};

/// May a request be sent again on a fresh connection, when a kept one turned out to be closed
/// before any byte of the answer came? The peer may have carried it out all the same.
enum class Repeat {
    ByMethod, ///< GET, HEAD, PUT, DELETE, OPTIONS, TRACE: yes (RFC 9110 9.2.2), others no
    Safe,     ///< the caller knows that twice is as good as once
    Never,
};

struct RequestOptions
{
    Duration acquireLimit = std::chrono::seconds(30); ///< for a free connection, dialling included
    bool force = false;                               ///< dials although the peer is backing off
    Repeat repeat = Repeat::ByMethod;
};

/// What offering a ready stream does to the connections that exist.
enum class PathChange {
    Replace, ///< a better path: new requests take it
    Add,     ///< one more connection of the present path
};

class PoolPeer;

/// A connection in use. When it goes, the connection becomes free for others, or is dropped when
/// its answer was not read to the end.
class PooledConnection
{
public:
    PooledConnection() = default;
    ~PooledConnection();
    PooledConnection(PooledConnection&& other) noexcept;
    PooledConnection& operator=(PooledConnection&& other) noexcept;

    HttpClientConnection* operator->() const { return m_connection.get(); }
    HttpClientConnection& operator*() const { return *m_connection; }
    explicit operator bool() const { return m_connection != nullptr; }
    /// True when it has carried a request before.
    bool used() const { return m_used; }
    /// Takes it out of the pool for good (Upgrade).
    std::unique_ptr<HttpClientConnection> detach();

private:
    friend class PoolPeer;

    void giveBack();

    std::weak_ptr<PoolPeer> m_peer;
    std::unique_ptr<HttpClientConnection> m_connection;
    std::uint64_t m_path = 0; ///< which path of the peer it runs on
    bool m_used = false;
};

/// A head with its body still on the connection.
struct PooledResponse
{
    ResponseHead head;
    PooledConnection connection; ///< readBody(), readAll()
};

/// What is known of a peer, for status pages.
struct PeerState
{
    std::size_t busy = 0;
    std::size_t idle = 0;
    std::size_t waiting = 0;
    unsigned failedDials = 0; ///< in a row
    TimePoint notBefore{};    ///< backing off until then
    std::string lastError;    ///< of the last failed dial, empty after a good one
    TimePoint lastHeard{};    ///< when an answer or handshake last came
};

/// Of all peers together.
struct PoolCounts
{
    std::size_t open = 0;     ///< in use on the present paths, or free
    std::uint64_t opened = 0; ///< since the start, authenticated
    std::uint64_t failed = 0; ///< attempts since the start, all addresses of a peer together
};

/// Engine thread.
class ConnectionPool
{
public:
    /// `dialer` and `clock` outlive the pool.
    ConnectionPool(asio::any_io_executor executor, Dialer& dialer, TlsClientContext tls,
                   Clock& clock, PoolLimits limits = {});
    /// Waiting requests end with Cancelled; connections in use stay good for their users.
    ~ConnectionPool();
    ConnectionPool(const ConnectionPool&) = delete;
    ConnectionPool& operator=(const ConnectionPool&) = delete;

    /// How to reach a peer, for connections to come; those that exist stay.
    void setLocations(const PeerKey& peer, std::vector<Location> locations);
    /// Forgets the peer; idle connections close, busy ones when their request is done.
    void forget(const PeerKey& peer);

    /// A better path: once it is authenticated, new requests take it, requests on older paths
    /// finish there. On failure nothing changes. \return as the dial or handshake.
    asio::awaitable<Result<void>> movePath(PeerKey peer, std::vector<Location> locations);
    /// The same with a stream that is connected already (reversed, relayed, punched).
    /// The peer need not be known before. This side is TLS and HTTP client.
    asio::awaitable<Result<void>> adoptStream(PeerKey peer, Stream stream, PathChange change);

    /// A free connection, dialled if need be.
    /// \return PeerUnreachable: cannot be dialled, or too many wait, or backing off after a
    ///         failed dial (its error is in the message).  Timeout: acquireLimit.  NotFound: no
    ///         such peer.  PeerMisbehaved: it has another key.
    asio::awaitable<Result<PooledConnection>> acquire(PeerKey peer, RequestOptions options);

    /// acquire + request. Sent once more on a fresh connection, if a connection that had been
    /// used before ended without a byte of the answer and `options.repeat` allows it.
    asio::awaitable<Result<PooledResponse>>
    request(PeerKey peer, RequestHead head, std::span<const ByteView> body, RequestOptions options);

    PeerState state(const PeerKey& peer) const;
    PoolCounts counts() const;

private:
    struct Impl;
    std::shared_ptr<Impl> m_impl;
};

} // namespace tarn::net
