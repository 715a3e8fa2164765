#include "core/net/pool_peer.h"

#include "core/base/executor.h"
#include "core/net/peer_dialer.h"
#include "core/net/tls_stream.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace tarn::net {

/// Counted while it lives; the next waiting request is told when it goes.
class PoolPeer::Place
{
public:
    explicit Place(std::shared_ptr<PoolPeer> peer) : m_peer(std::move(peer))
    {
        ++m_peer->m_dialling;
    }
    ~Place()
    {
        --m_peer->m_dialling;
        m_peer->wakeNext();
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

private:
    std::shared_ptr<PoolPeer> m_peer;
};

PoolPeer::PoolPeer(std::shared_ptr<PoolContext> context, const PeerKey& key)
    : m_context(std::move(context)), m_key(key)
{
}

bool PoolPeer::atLimit() const
{
    return m_busy + m_dialling + m_free.size() >= m_context->limits.connectionsPerPeer;
}

PooledConnection PoolPeer::lease(std::unique_ptr<HttpClientConnection> connection, bool used)
{
    PooledConnection out;
    out.m_peer = weak_from_this();
    out.m_connection = std::move(connection);
    out.m_path = m_path;
    out.m_used = used;
    ++m_busy;
    return out;
}

/// The one used last: its congestion window is still open, and the others can grow old.
PooledConnection PoolPeer::takeFree()
{
    while (!m_free.empty()) {
        Free last = std::move(m_free.back());
        m_free.pop_back();
        if (last.connection->channel().quiet()) return lease(std::move(last.connection), true);
    }
    return {};
}

void PoolPeer::offer(PooledConnection connection)
{
    if (m_waiting.empty()) return; // its destructor keeps it
    Waiter& first = *m_waiting.front();
    m_waiting.pop_front();
    first.given = std::move(connection);
    first.event.cancel();
}

void PoolPeer::wakeNext()
{
    if (m_waiting.empty() || (atLimit() && m_free.empty())) return;
    Waiter& first = *m_waiting.front();
    m_waiting.pop_front();
    first.woken = true;
    first.event.cancel();
}

void PoolPeer::failWaiting(const Error& why)
{
    for (Waiter* waiter : std::exchange(m_waiting, {})) {
        waiter->failed = why;
        waiter->event.cancel();
    }
}

void PoolPeer::gone(std::uint64_t path)
{
    if (path != m_path) return;
    --m_busy;
    wakeNext();
}

void PoolPeer::returned(std::unique_ptr<HttpClientConnection> connection, std::uint64_t path)
{
    if (connection->reusable()) m_lastHeard = m_context->clock.now();
    if (path != m_path) return; // an older path: done with
    --m_busy;
    if (!m_ended && connection->reusable()) {
        if (!m_waiting.empty()) {
            offer(lease(std::move(connection), true));
            return;
        }
        connection->channel().releaseBuffers();
        m_free.push_back({std::move(connection), m_context->clock.now()});
        return;
    }
    connection.reset();
    wakeNext();
}

std::optional<Error> PoolPeer::backingOff(bool force) const
{
    if (force || m_context->clock.now() >= m_notBefore) return std::nullopt;
    return Error(ErrorCode::PeerUnreachable, "not tried again yet after: " + m_lastError);
}

void PoolPeer::dialFailed(const Error& error)
{
    if (error.code() == ErrorCode::Cancelled) return;
    ++m_context->counts.failed;
    const PoolLimits& limits = m_context->limits;
    Duration pause = limits.firstBackOff;
    for (unsigned i = 0; i < m_failedDials && pause < limits.longestBackOff; ++i)
        pause *= 2;
    ++m_failedDials;
    m_notBefore = m_context->clock.now() + std::min(pause, limits.longestBackOff);
    m_lastError = error.message();
    if (m_busy == 0 && m_free.empty() && m_dialling <= 1) failWaiting(error);
}

void PoolPeer::dialWorked()
{
    ++m_context->counts.opened;
    m_failedDials = 0;
    m_notBefore = TimePoint{};
    m_lastError.clear();
    m_lastHeard = m_context->clock.now();
}

asio::awaitable<Result<std::unique_ptr<HttpClientConnection>>>
PoolPeer::secure(std::shared_ptr<PoolPeer> self, Stream stream)
{
    PoolContext& context = *self->m_context;
    TARN_CO_TRY(std::unique_ptr<TlsStream> tls,
                co_await connectTls(std::move(stream), context.tls, self->m_key, context.clock,
                                    context.limits.handshake));
    co_return std::make_unique<HttpClientConnection>(std::move(tls), context.clock,
                                                     context.limits.http);
}

asio::awaitable<Result<std::unique_ptr<HttpClientConnection>>>
PoolPeer::meet(std::shared_ptr<PoolPeer> self, PeerDialer& dialer, std::vector<Location> locations)
{
    const PoolContext& context = *self->m_context;
    TARN_CO_TRY(std::unique_ptr<TlsStream> tls,
                co_await dialer.dialTls(self->m_key, std::move(locations), context.tls,
                                        context.limits.handshake));
    co_return std::make_unique<HttpClientConnection>(std::move(tls), self->m_context->clock,
                                                     context.limits.http);
}

asio::awaitable<Result<std::unique_ptr<HttpClientConnection>>>
PoolPeer::connect(std::shared_ptr<PoolPeer> self, std::vector<Location> locations)
{
    if (self->m_ended) co_return Error(ErrorCode::Cancelled, "the peer was forgotten");
    if (auto* const dialer = dynamic_cast<PeerDialer*>(&self->m_context->dialer)) {
        co_return co_await meet(self, *dialer, std::move(locations));
    }
    std::optional<Error> stranger; // who answered at an address first, without the peer's key
    for (;;) {
        // The dialer goes with the pool.
        if (self->m_ended) co_return Error(ErrorCode::Cancelled, "the peer was forgotten");
        Result<Stream> stream = co_await self->m_context->dialer.dialPeer(self->m_key, locations);
        if (!stream) {
            if (!stranger) co_return std::move(stream).error();
            co_return Error(stranger->code(),
                            stranger->message() + "; " + stream.error().message());
        }
        const std::size_t choice = stream->choice;
        auto connection = co_await secure(self, *std::move(stream));
        const bool others = locations.size() > 1 && choice < locations.size();
        if (connection || !others || connection.error().code() == ErrorCode::Cancelled)
            co_return connection;
        if (!stranger) stranger = connection.error();
        locations.erase(locations.begin() + static_cast<std::ptrdiff_t>(choice));
    }
}

asio::awaitable<Result<PooledConnection>>
PoolPeer::dialNew(std::shared_ptr<PoolPeer> self, std::vector<Location> locations, Duration limit)
{
    const std::uint64_t path = self->m_path;
    asio::awaitable<Result<std::unique_ptr<HttpClientConnection>>> work =
        connect(self, std::move(locations));
    Result<std::unique_ptr<HttpClientConnection>> connection =
        co_await withDeadline<std::unique_ptr<HttpClientConnection>>(self->m_context->clock, limit,
                                                                     "connecting", std::move(work));
    if (!connection) {
        self->dialFailed(connection.error());
        co_return std::move(connection).error();
    }
    self->dialWorked();
    if (self->m_ended || path != self->m_path) co_return PooledConnection(); // look again
    co_return self->lease(*std::move(connection), false);
}

asio::awaitable<Result<PooledConnection>> PoolPeer::wait(std::shared_ptr<PoolPeer> self,
                                                         Duration limit, bool& lookAgain)
{
    if (self->m_waiting.size() >= self->m_context->limits.waitersPerPeer)
        co_return Error(ErrorCode::PeerUnreachable, "too many requests wait for this peer");
    Waiter waiter(self->m_context->executor);
    self->m_waiting.push_back(&waiter);
    struct Leave
    {
        PoolPeer& peer;
        Waiter& waiter;
        ~Leave()
        {
            std::erase(peer.m_waiting, &waiter);
            // Cancelled just when its turn came: the turn is the next one's.
            if (waiter.woken) peer.wakeNext();
        }
    } leave{*self, waiter};
    asio::awaitable<Result<void>> turn = [](Waiter& mine) -> asio::awaitable<Result<void>> {
        while (!mine.woken && !mine.given && !mine.failed) {
            co_await mine.event.async_wait(asio::as_tuple(asio::use_awaitable));
        }
        co_return ok();
    }(waiter);
    const Result<void> came = co_await withDeadline<void>(self->m_context->clock, limit,
                                                          "a free connection", std::move(turn));
    if (waiter.failed) co_return *waiter.failed;
    if (waiter.given) co_return std::move(waiter.given);
    if (!came) co_return came.error();
    waiter.woken = false;
    lookAgain = true;
    co_return PooledConnection();
}

/// A peer that takes no further connection may still be asked over those it has.
bool PoolPeer::maySettle(const std::shared_ptr<PoolPeer>& self, const Error& error)
{
    const bool unreachable =
        error.code() == ErrorCode::PeerUnreachable || error.code() == ErrorCode::Timeout;
    return unreachable && (self->m_busy > 0 || !self->m_free.empty());
}

asio::awaitable<Result<PooledConnection>> PoolPeer::acquire(std::shared_ptr<PoolPeer> self,
                                                            RequestOptions options, bool fresh)
{
    Clock& clock = self->m_context->clock;
    const TimePoint until = clock.now() + options.acquireLimit;
    if (fresh) self->m_free.clear();
    bool ownWayFailed = false;
    for (;;) {
        if (self->m_ended) co_return Error(ErrorCode::Cancelled, "the peer was forgotten");
        self->lookAtEpoch();
        if (PooledConnection kept = self->takeFree()) co_return kept;
        const Duration left = until - clock.now();
        if (left <= Duration::zero())
            co_return Error(ErrorCode::Timeout, "no connection became free in time");
        const bool ownWay = !ownWayFailed && self->m_context->dialer.hasOwnWay(self->m_key);
        const std::optional<Error> tooEarly = self->backingOff(options.force);
        const bool byLocation = !self->m_locations.empty() && !tooEarly;
        if (!self->atLimit() && (ownWay || byLocation)) {
            const Place place(self);
            // An own way costs others nothing; addresses, which the peer tells, have their rest.
            std::vector<Location> locations;
            if (byLocation) locations = self->m_locations;
            Result<PooledConnection> dialled = co_await dialNew(self, std::move(locations), left);
            if (dialled ? static_cast<bool>(*dialled) : !maySettle(self, dialled.error()))
                co_return dialled;
            options.force = false;
            ownWayFailed = !dialled;
            continue;
        }
        if (self->m_busy + self->m_dialling == 0)
            co_return tooEarly.value_or(Error(ErrorCode::PeerUnreachable, "no address is known"));
        bool lookAgain = false;
        Result<PooledConnection> given = co_await wait(self, left, lookAgain);
        if (!lookAgain) co_return given;
    }
}

void PoolPeer::lookAtEpoch()
{
    const std::uint64_t epoch = m_context->dialer.epochOf(m_key);
    if (epoch == m_epoch) return;
    m_epoch = epoch;
    newPath();
    for (std::size_t i = m_dialling; i < m_context->limits.connectionsPerPeer; ++i)
        wakeNext();
}

/// What runs on older paths finishes there and is not counted any more.
void PoolPeer::newPath()
{
    ++m_path;
    m_busy = 0;
    m_free.clear();
}

asio::awaitable<Result<void>> PoolPeer::movePath(std::shared_ptr<PoolPeer> self,
                                                 std::vector<Location> locations)
{
    TARN_CO_TRY(std::unique_ptr<HttpClientConnection> connection,
                co_await connect(self, locations));
    if (self->m_ended) co_return Error(ErrorCode::Cancelled, "the peer was forgotten");
    self->m_locations = std::move(locations);
    self->newPath();
    self->dialWorked();
    self->offer(self->lease(std::move(connection), false));
    self->wakeNext();
    co_return ok();
}

asio::awaitable<Result<void>> PoolPeer::adoptStream(std::shared_ptr<PoolPeer> self, Stream stream,
                                                    PathChange change)
{
    TARN_CO_TRY(std::unique_ptr<HttpClientConnection> connection,
                co_await secure(self, std::move(stream)));
    if (self->m_ended) co_return Error(ErrorCode::Cancelled, "the peer was forgotten");
    if (change == PathChange::Replace) self->newPath();
    self->dialWorked();
    self->offer(self->lease(std::move(connection), false));
    co_return ok();
}

std::size_t PoolPeer::sweep()
{
    lookAtEpoch();
    const TimePoint oldest = m_context->clock.now() - m_context->limits.idle;
    std::erase_if(m_free, [&](Free& free) {
        return free.since <= oldest || !free.connection->channel().quiet();
    });
    return m_free.size();
}

void PoolPeer::end(const Error& why)
{
    m_ended = true;
    m_free.clear();
    failWaiting(why);
}

PeerState PoolPeer::state() const
{
    PeerState state;
    state.busy = m_busy + m_dialling;
    state.idle = m_free.size();
    state.waiting = m_waiting.size();
    state.failedDials = m_failedDials;
    state.notBefore = m_notBefore;
    state.lastError = m_lastError;
    state.lastHeard = m_lastHeard;
    return state;
}

PooledConnection::~PooledConnection()
{
    giveBack();
}

PooledConnection::PooledConnection(PooledConnection&& other) noexcept
    : m_peer(std::move(other.m_peer)), m_connection(std::move(other.m_connection)),
      m_path(other.m_path), m_used(other.m_used)
{
}

PooledConnection& PooledConnection::operator=(PooledConnection&& other) noexcept
{
    if (this == &other) return *this;
    giveBack();
    m_peer = std::move(other.m_peer);
    m_connection = std::move(other.m_connection);
    m_path = other.m_path;
    m_used = other.m_used;
    return *this;
}

std::unique_ptr<HttpClientConnection> PooledConnection::detach()
{
    std::unique_ptr<HttpClientConnection> connection = std::move(m_connection);
    if (const auto peer = m_peer.lock(); peer && connection) peer->gone(m_path);
    return connection;
}

void PooledConnection::giveBack()
{
    if (!m_connection) return;
    std::unique_ptr<HttpClientConnection> connection = std::move(m_connection);
    if (const auto peer = m_peer.lock()) peer->returned(std::move(connection), m_path);
}

} // namespace tarn::net
