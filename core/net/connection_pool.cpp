#include "core/net/connection_pool.h"

#include "core/base/executor.h"
#include "core/net/pool_peer.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <array>
#include <map>

namespace tarn::net {

namespace {

/// How often free connections are looked at: closed ones go, and so do those unused for long.
constexpr Duration kSweepEvery = std::chrono::seconds(15);

bool mayRepeat(Repeat repeat, std::string_view method)
{
    if (repeat != Repeat::ByMethod) return repeat == Repeat::Safe;
    constexpr std::array<std::string_view, 6> kIdempotent = {"GET",    "HEAD",    "PUT",
                                                             "DELETE", "OPTIONS", "TRACE"};
    return std::find(kIdempotent.begin(), kIdempotent.end(), method) != kIdempotent.end();
}

} // namespace

struct ConnectionPool::Impl
{
    std::shared_ptr<PoolContext> context;
    std::map<PeerKey, std::shared_ptr<PoolPeer>> peers;
    std::shared_ptr<asio::cancellation_signal> stopSweeping; ///< one per sweeping coroutine
    bool sweeping = false;
    bool ended = false;

    std::shared_ptr<PoolPeer> peer(const PeerKey& key)
    {
        std::shared_ptr<PoolPeer>& place = peers[key];
        if (!place) place = std::make_shared<PoolPeer>(context, key);
        return place;
    }
    Result<std::shared_ptr<PoolPeer>> known(const PeerKey& key) const
    {
        const auto found = peers.find(key);
        if (found == peers.end()) return Error(ErrorCode::NotFound, "no such peer");
        return found->second;
    }
    static void startSweeping(const std::shared_ptr<Impl>& self);
    static asio::awaitable<void> sweep(std::shared_ptr<Impl> self);
};

void ConnectionPool::Impl::startSweeping(const std::shared_ptr<Impl>& self)
{
    if (self->sweeping || self->ended) return;
    self->sweeping = true;
    self->stopSweeping = std::make_shared<asio::cancellation_signal>();
    auto ended = [signal = self->stopSweeping](const std::exception_ptr&) {};
    asio::co_spawn(self->context->executor, sweep(self),
                   asio::bind_cancellation_slot(self->stopSweeping->slot(), std::move(ended)));
}

/// Runs while there are connections to look at.
asio::awaitable<void> ConnectionPool::Impl::sweep(std::shared_ptr<Impl> self)
{
    co_await asio::this_coro::throw_if_cancelled(false);
    std::size_t left = 1;
    while (left > 0 && !self->ended) {
        const Duration pause = std::min(kSweepEvery, self->context->limits.idle);
        co_await self->context->clock.sleep(pause);
        if (self->ended) break;
        left = 0;
        for (const auto& [key, peer] : self->peers) {
            const PeerState state = peer->state();
            left += peer->sweep() + state.busy;
        }
    }
    self->sweeping = false;
}

ConnectionPool::ConnectionPool(asio::any_io_executor executor, Dialer& dialer, TlsClientContext tls,
                               Clock& clock, PoolLimits limits)
    : m_impl(std::make_shared<Impl>())
{
    limits.connectionsPerPeer = std::max<std::size_t>(limits.connectionsPerPeer, 2);
    m_impl->context = std::make_shared<PoolContext>(
        PoolContext{std::move(executor), dialer, std::move(tls), clock, limits});
}

ConnectionPool::~ConnectionPool()
{
    m_impl->ended = true;
    if (m_impl->sweeping)
        emitCancel(m_impl->context->executor, *m_impl->stopSweeping, m_impl->stopSweeping);
    for (const auto& [key, peer] : m_impl->peers)
        peer->end(Error(ErrorCode::Cancelled, "the connection pool was closed"));
    m_impl->peers.clear();
}

void ConnectionPool::setLocations(const PeerKey& peer, std::vector<Location> locations)
{
    m_impl->peer(peer)->setLocations(std::move(locations));
}

void ConnectionPool::forget(const PeerKey& peer)
{
    const auto found = m_impl->peers.find(peer);
    if (found == m_impl->peers.end()) return;
    found->second->end(Error(ErrorCode::Cancelled, "the peer was forgotten"));
    m_impl->peers.erase(found);
}

asio::awaitable<Result<void>> ConnectionPool::movePath(PeerKey peer,
                                                       std::vector<Location> locations)
{
    const std::shared_ptr<Impl> impl = m_impl;
    Impl::startSweeping(impl);
    co_return co_await PoolPeer::movePath(impl->peer(peer), std::move(locations));
}

asio::awaitable<Result<void>> ConnectionPool::adoptStream(PeerKey peer, Stream stream,
                                                          PathChange change)
{
    const std::shared_ptr<Impl> impl = m_impl;
    Impl::startSweeping(impl);
    co_return co_await PoolPeer::adoptStream(impl->peer(peer), std::move(stream), change);
}

asio::awaitable<Result<PooledConnection>> ConnectionPool::acquire(PeerKey peer,
                                                                  RequestOptions options)
{
    const std::shared_ptr<Impl> impl = m_impl;
    TARN_CO_TRY(std::shared_ptr<PoolPeer> found, impl->known(peer));
    Impl::startSweeping(impl);
    co_return co_await PoolPeer::acquire(std::move(found), options, false);
}

asio::awaitable<Result<PooledResponse>> ConnectionPool::request(PeerKey peer, RequestHead head,
                                                                std::span<const ByteView> body,
                                                                RequestOptions options)
{
    const std::shared_ptr<Impl> impl = m_impl;
    TARN_CO_TRY(std::shared_ptr<PoolPeer> found, impl->known(peer));
    Impl::startSweeping(impl);
    bool fresh = false;
    for (;;) {
        TARN_CO_TRY(PooledConnection connection, co_await PoolPeer::acquire(found, options, fresh));
        Result<ResponseHead> answer = co_await connection->request(head, body);
        if (answer) {
            PooledResponse response;
            response.head = *std::move(answer);
            response.connection = std::move(connection);
            co_return response;
        }
        const bool stale = connection.used() && !connection->answerBegan() &&
                           answer.error().code() == ErrorCode::PeerUnreachable;
        if (fresh || !stale || !mayRepeat(options.repeat, head.method))
            co_return std::move(answer).error();
        fresh = true;
    }
}

PoolCounts ConnectionPool::counts() const
{
    PoolCounts out = m_impl->context->counts;
    for (const auto& [key, peer] : m_impl->peers)
        out.open += peer->open();
    return out;
}

PeerState ConnectionPool::state(const PeerKey& peer) const
{
    const auto found = m_impl->peers.find(peer);
    return found == m_impl->peers.end() ? PeerState() : found->second->state();
}

} // namespace tarn::net
