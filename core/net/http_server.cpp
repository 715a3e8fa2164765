#include "core/net/http_server.h"

#include "core/base/executor.h"
#include "core/net/server_connection.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <set>

namespace tarn::net {

Result<Secret> ServerExchange::exporter(std::string_view /*label*/, ByteView /*context*/,
                                        std::size_t /*size*/) const
{
    return Error(ErrorCode::Unsupported, "not a TLS connection");
}

asio::awaitable<Result<void>> ServerExchange::respondText(unsigned status, HttpHeaders headers,
                                                          std::string body)
{
    if (!headers.find("content-type")) headers.add("Content-Type", "text/plain; charset=utf-8");
    const std::array<ByteView, 1> pieces{asBytes(body)};
    co_return co_await respond(status, std::move(headers), pieces);
}

namespace {

/// run() in a thread of its own, so that the connection can cancel all of it from inside.
asio::awaitable<Result<void>> runConnection(std::shared_ptr<ServerConnection> connection)
{
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    const asio::cancellation_state outer = co_await asio::this_coro::cancellation_state;
    asio::cancellation_slot slot = outer.slot();
    if (slot.is_connected()) {
        slot.assign([connection](asio::cancellation_type /*type*/) { connection->cancel(); });
    }
    asio::awaitable<Result<void>> work = connection->run();
    auto token = asio::bind_cancellation_slot(connection->cancelSlot(), asio::use_awaitable);
    Result<void> result = co_await asio::co_spawn(executor, std::move(work), token);
    if (slot.is_connected()) slot.clear();
    co_return result;
}

} // namespace

asio::awaitable<Result<void>> serveHttp(std::unique_ptr<Channel> channel, HttpHandler& handler,
                                        Clock& clock, HttpServerLimits limits)
{
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    auto connection =
        std::make_shared<ServerConnection>(executor, std::move(channel), handler, clock, limits);
    co_return co_await runConnection(std::move(connection));
}

struct HttpServer::Shared
{
    Shared(asio::any_io_executor executorToUse, HttpHandler& handlerToUse, Clock& clockToUse,
           HttpServerLimits limitsToUse)
        : executor(std::move(executorToUse)), handler(handlerToUse), clock(clockToUse),
          limits(limitsToUse), empty(executor, asio::steady_timer::time_point::max())
    {
    }

    static asio::awaitable<Result<void>> allGone(std::shared_ptr<Shared> self)
    {
        while (!self->connections.empty()) {
            co_await self->empty.async_wait(asio::as_tuple(asio::use_awaitable));
        }
        co_return ok();
    }

    asio::any_io_executor executor;
    HttpHandler& handler;
    Clock& clock;
    HttpServerLimits limits;
    WaitingConnections waiting; ///< of those below
    std::set<std::shared_ptr<ServerConnection>> connections;
    std::size_t leaving = 0;  ///< of those above, closed already
    asio::steady_timer empty; ///< an event: the last connection has gone
    bool stopping = false;
};

namespace {

/// A copy: cancelling and draining may change the set.
template <class Shared>
std::vector<std::shared_ptr<ServerConnection>> all(const Shared& shared)
{
    return {shared.connections.begin(), shared.connections.end()};
}

} // namespace

HttpServer::HttpServer(asio::any_io_executor executor, HttpHandler& handler, Clock& clock,
                       HttpServerLimits limits)
    : m_shared(std::make_shared<Shared>(std::move(executor), handler, clock, limits))
{
}

HttpServer::~HttpServer()
{
    m_shared->stopping = true;
    for (const auto& connection : all(*m_shared))
        connection->cancel();
}

std::size_t HttpServer::connections() const
{
    return m_shared->connections.size() - m_shared->leaving;
}

bool HttpServer::waitsForRequests() const
{
    return !m_shared->waiting.idle.empty();
}

bool HttpServer::giveWay()
{
    WaitingConnections& waiting = m_shared->waiting;
    ConnectionQueue& queue = waiting.idle.empty() ? waiting.heads : waiting.idle;
    if (queue.empty()) return false;
    const TimePoint patient = m_shared->clock.now() - m_shared->limits.crowdedTimeout;
    if (&queue == &waiting.heads && queue.front().since > patient) return false;
    ServerConnection::longestIn(queue).giveWay();
    ++m_shared->leaving;
    return true;
}

void HttpServer::serve(std::unique_ptr<Channel> channel)
{
    const bool full = connections() >= m_shared->limits.connections;
    if (m_shared->stopping || (full && !giveWay())) {
        channel->close();
        return;
    }
    auto connection = std::make_shared<ServerConnection>(m_shared->executor, std::move(channel),
                                                         m_shared->handler, m_shared->clock,
                                                         m_shared->limits, &m_shared->waiting);
    m_shared->connections.insert(connection);
    auto done = [shared = m_shared, connection](std::exception_ptr /*thrown*/,
                                                Result<void> /*result*/) {
        shared->connections.erase(connection);
        if (connection->gaveWay()) --shared->leaving;
        if (shared->connections.empty()) shared->empty.cancel();
    };
    asio::co_spawn(m_shared->executor, connection->run(),
                   asio::bind_cancellation_slot(connection->cancelSlot(), std::move(done)));
}

asio::awaitable<void> HttpServer::stop(Duration limit)
{
    const std::shared_ptr<Shared> shared = m_shared;
    shared->stopping = true;
    for (const auto& connection : all(*shared))
        connection->drain();
    asio::awaitable<Result<void>> drained = Shared::allGone(shared);
    const Result<void> inTime =
        co_await withDeadline<void>(shared->clock, limit, "stop", std::move(drained));
    if (inTime) co_return;
    for (const auto& connection : all(*shared))
        connection->cancel();
    const Result<void> gone = co_await Shared::allGone(shared);
    TARN_ASSUME(gone.has_value());
}

} // namespace tarn::net
