// control_service: NodeControl over HTTP on the gateway's loopback listener. Engine thread.
// Source: core/doc/protocol/control.md.
//
//   GET /control/v1/events    text/event-stream: "event: TOPIC" whenever that should be asked again
//   others                    as control_calls.h has them
//
// Answers are JSON; errors {"error", "code"} with 400, 401, 403, 404, 405, 409, 413, 503 or 500.
#pragma once

#include "core/base/executor.h"
#include "core/control/control_routes.h"
#include "core/control/node_control.h"
#include "core/net/http_server.h"

#include <list>
#include <memory>

namespace tarn::control {

/// Streams of events at once; one more gets 503.
inline constexpr std::size_t kMostStreams = 16;
/// A stream on which nothing happens says so that often.
inline constexpr Duration kStreamPulse = std::chrono::seconds(15);
/// The least time between two tellings of one stream.
inline constexpr Duration kStreamPause = std::chrono::milliseconds(250);

class ControlService final : public net::HttpHandler
{
public:
    /// All outlive the service. `others` gets what is not below kControlPrefix.
    ControlService(NodeControl& node, net::HttpHandler& others, Secret token,
                   asio::any_io_executor engine, Clock& clock);
    ~ControlService() override;

    asio::awaitable<Result<void>> serve(net::ServerExchange& exchange) override;

    /// Streams of events end; none begins any more.
    void endStreams();

private:
    struct Stream;

    asio::awaitable<Result<void>> dispatch(net::ServerExchange& exchange);
    asio::awaitable<Result<void>> call(net::ServerExchange& exchange);
    asio::awaitable<Result<void>> events(net::ServerExchange& exchange);
    asio::awaitable<Result<void>> tellChanges(net::ServerExchange& exchange, Stream& stream);
    asio::awaitable<void> pause(Stream& stream, Duration longest);

    NodeControl& m_node;
    net::HttpHandler& m_others;
    Secret m_token;
    asio::any_io_executor m_engine;
    Clock& m_clock;
    std::list<Stream> m_streams;
    bool m_ended = false;
};

} // namespace tarn::control
