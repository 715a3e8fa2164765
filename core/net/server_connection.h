// server_connection: one connection of the HTTP server: request after request, each in a handler,
// and an eye on the client while the handler works. Internal to http_server.
#pragma once

#include "core/net/http_body.h"
#include "core/net/http_server.h"
#include "core/net/http_write.h"

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>

namespace tarn::net {

/// A place in a queue, left by whoever is destroyed.
struct WaitingPlace
    : boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>
{
    TimePoint since{};
};
using ConnectionQueue =
    boost::intrusive::list<WaitingPlace, boost::intrusive::constant_time_size<false>>;

/// The connections of a server that wait for their clients, each queue longest first.
struct WaitingConnections
{
    ConnectionQueue idle;  ///< between requests
    ConnectionQueue heads; ///< some bytes of a head are here, not all
};

class ServerConnection final : public std::enable_shared_from_this<ServerConnection>,
                               private WaitingPlace
{
public:
    /// \param waiting  where it says when it waits; null: nobody wants to know.
    ServerConnection(asio::any_io_executor executor, std::unique_ptr<Channel> channel,
                     HttpHandler& handler, Clock& clock, HttpServerLimits limits,
                     WaitingConnections* waiting = nullptr);

    /// Until the connection ends; it is closed then, unless a handler took it over. cancel()
    /// ends it from outside.
    asio::awaitable<Result<void>> run();
    void cancel();
    /// Where run() listens for cancel().
    asio::cancellation_slot cancelSlot() { return m_cancel.slot(); }
    /// Ends now when idle, else after the present request.
    void drain();
    /// Ends now. Only for one that waits.
    void giveWay();
    bool gaveWay() const { return m_gaveWay; }
    /// The one at the head of a queue that is not empty.
    static ServerConnection& longestIn(ConnectionQueue& queue)
    {
        return static_cast<ServerConnection&>(queue.front());
    }

private:
    friend class Exchange;

    asio::awaitable<Result<void>> serveRequests();
    asio::awaitable<Result<bool>> awaitRequest();
    asio::awaitable<Result<bool>> serveRequest();
    asio::awaitable<Result<void>> skipEmptyLine();
    asio::awaitable<Result<void>> answer(RequestHead head, BodyFraming framing);
    asio::awaitable<Result<void>> runHandler(ServerExchange& exchange);
    asio::awaitable<Result<void>> refuse(unsigned status, std::string text);
    asio::awaitable<bool> drainBody(BodyReader& body);
    asio::awaitable<void> lingerAndClose();
    void waitIn(ConnectionQueue WaitingConnections::*queue);
    void stopWaiting();

    /// The watch reads ahead while a handler runs; where the client has gone, it cancels all.
    /// It starts when the engine is next free: many a handler has answered by then.
    void watchSoon();
    void startWatch();
    static asio::awaitable<void> watch(std::shared_ptr<ServerConnection> self);
    asio::awaitable<void> watchEnded();
    asio::awaitable<void> stopWatch();
    /// The end of an exchange that was given up. \param answer  whole; empty: one had begun.
    static asio::awaitable<Result<void>> sayAndClose(std::shared_ptr<ServerConnection> self,
                                                     std::string answer);
    asio::awaitable<void> saidAndClosed();

    asio::any_io_executor m_executor;
    std::unique_ptr<Channel> m_channel;
    HttpHandler& m_handler;
    Clock& m_clock;
    HttpServerLimits m_limits;
    WaitingConnections* m_waiting;
    HttpInput m_input;
    MessageWriter m_writer;
    asio::cancellation_signal m_cancel;
    /// One per watch: the end of a watch touches its signal once more, maybe after the next began.
    std::shared_ptr<asio::cancellation_signal> m_cancelWatch;
    asio::steady_timer m_watchDone; ///< an event: never runs out; the end of sayAndClose(), too
    bool m_watching = false;
    bool m_watchSoon = false; ///< unless the handler ends before
    bool m_stopWatch = false;
    bool m_saying = false; ///< sayAndClose() is under way
    bool m_idle = true;
    bool m_handling = false;
    bool m_draining = false;
    bool m_gaveWay = false;
    bool m_keepAlive = true;
};

} // namespace tarn::net
