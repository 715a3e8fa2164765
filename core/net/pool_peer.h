// pool_peer: the connections of one peer: free ones, those in use, and who waits for one. Internal
// to connection_pool.
#pragma once

#include "core/net/connection_pool.h"

#include <boost/asio/steady_timer.hpp>

#include <deque>
#include <list>

namespace tarn::net {

class PeerDialer;

/// What all peers of a pool share.
struct PoolContext
{
    asio::any_io_executor executor;
    Dialer& dialer;
    TlsClientContext tls;
    Clock& clock;
    PoolLimits limits;
    PoolCounts counts = {}; ///< but for those that are open
};

class PoolPeer final : public std::enable_shared_from_this<PoolPeer>
{
public:
    PoolPeer(std::shared_ptr<PoolContext> context, const PeerKey& key);

    void setLocations(std::vector<Location> locations) { m_locations = std::move(locations); }

    /// \param fresh  no kept connection, they are probably as dead as the one that just failed.
    /// \return as ConnectionPool::acquire.
    static asio::awaitable<Result<PooledConnection>> acquire(std::shared_ptr<PoolPeer> self,
                                                             RequestOptions options, bool fresh);
    static asio::awaitable<Result<void>> movePath(std::shared_ptr<PoolPeer> self,
                                                  std::vector<Location> locations);
    static asio::awaitable<Result<void>> adoptStream(std::shared_ptr<PoolPeer> self, Stream stream,
                                                     PathChange change);

    /// Closes free connections that are dead or unused for too long. \return free ones left.
    std::size_t sweep();
    /// No more connections: free ones close, waiting requests end with `why`.
    void end(const Error& why);
    PeerState state() const;
    std::size_t open() const { return m_busy + m_free.size(); }

private:
    friend class PooledConnection;

    struct Free
    {
        std::unique_ptr<HttpClientConnection> connection;
        TimePoint since;
    };
    /// A request in the queue; lives in its coroutine.
    struct Waiter
    {
        explicit Waiter(const asio::any_io_executor& executor)
            : event(executor, asio::steady_timer::time_point::max())
        {
        }
        asio::steady_timer event;
        bool woken = false;          ///< look again: a place is free
        PooledConnection given;      ///< or this
        std::optional<Error> failed; ///< or this
    };
    /// One of the connections that the limit allows, while it is being dialled.
    class Place;

    bool atLimit() const;
    PooledConnection takeFree();
    PooledConnection lease(std::unique_ptr<HttpClientConnection> connection, bool used);
    /// A connection for the next waiting request, or for later.
    void offer(PooledConnection connection);
    void wakeNext();
    void failWaiting(const Error& why);
    void newPath();
    void lookAtEpoch();

    /// \return nothing where the path was replaced meanwhile.
    static asio::awaitable<Result<PooledConnection>>
    dialNew(std::shared_ptr<PoolPeer> self, std::vector<Location> locations, Duration limit);
    static asio::awaitable<Result<std::unique_ptr<HttpClientConnection>>>
    connect(std::shared_ptr<PoolPeer> self, std::vector<Location> locations);
    static asio::awaitable<Result<std::unique_ptr<HttpClientConnection>>>
    meet(std::shared_ptr<PoolPeer> self, PeerDialer& dialer, std::vector<Location> locations);
    static asio::awaitable<Result<std::unique_ptr<HttpClientConnection>>>
    secure(std::shared_ptr<PoolPeer> self, Stream stream);
    static asio::awaitable<Result<PooledConnection>> wait(std::shared_ptr<PoolPeer> self,
                                                          Duration limit, bool& lookAgain);
    static bool maySettle(const std::shared_ptr<PoolPeer>& self, const Error& error);
    std::optional<Error> backingOff(bool force) const;
    void dialFailed(const Error& error);
    void dialWorked();
    void returned(std::unique_ptr<HttpClientConnection> connection, std::uint64_t path);
    void gone(std::uint64_t path);

    std::shared_ptr<PoolContext> m_context;
    PeerKey m_key;
    std::vector<Location> m_locations;
    std::uint64_t m_path = 0;
    std::uint64_t m_epoch = 0; ///< as the dialer said last
    std::size_t m_busy = 0;    ///< in use, on the present path
    std::size_t m_dialling = 0;
    std::deque<Free> m_free;
    std::list<Waiter*> m_waiting;
    bool m_ended = false;
    unsigned m_failedDials = 0;
    TimePoint m_notBefore{};
    std::string m_lastError;
    TimePoint m_lastHeard{};
};

} // namespace tarn::net
