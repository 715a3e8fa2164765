// web_api: the gateway's HTTP interface for people and programs (spec 08).
#pragma once

#include "client-gateway/web/call.h"
#include "client-gateway/web/cpu_monitor.h"
#include "client-gateway/web/file_service.h"
#include "client-gateway/web/log_stream.h"
#include "core/base/clock.h"
#include "core/base/secret.h"
#include "core/net/http_server.h"
#include "core/node/latency_counts.h"
#include "core/node/open_metrics.h"
#include "core/node/request_counts.h"

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace tarn::gateway::web {

/// Who is let in.
struct WebAccess
{
    /// Host part of `[web] listen`: requests may name it, an address literal or localhost as their
    /// Host, nothing else.
    std::string listenHost;
    Secret apiToken;                            ///< text of private/api_auth_token
    std::shared_ptr<const StaticFiles> statics; ///< null: nothing below /static
    /// Absent: nothing. What stands around the web API tells at /metrics.
    std::function<void(node::OpenMetrics&)> metrics;
};

/// Engine thread. The service, the monitor and the clock must outlive it. Nothing of a request is
/// logged but its method, the kind of its path and the status.
class WebApi final : public net::HttpHandler
{
public:
    WebApi(FileService& files, const CpuMonitor& cpu, Clock& clock, WebAccess access);

    asio::awaitable<Result<void>> serve(net::ServerExchange& exchange) override;

    /// Ends the log streams, which would hold up the end of the listener.
    void endStreams() { m_logStreams.end(); }
    /// Ends the deep operations that still run.
    asio::awaitable<void> stop() { return m_operations.stop(); }

private:
    asio::awaitable<Result<void>> answer(Call& call);
    asio::awaitable<Result<void>> dispatch(Call& call);
    asio::awaitable<Result<void>> serveMetrics(Call& call);
    void giveMemoryBack();

    FileService& m_files;
    const CpuMonitor& m_cpu;
    Clock& m_clock;
    WebAccess m_access;
    TimePoint m_started;
    std::uint64_t m_givenBackAt = 0; ///< bytes moved by then
    Operations m_operations;
    LogStreams m_logStreams;
    node::RequestCounts m_requests;                              ///< by kind of path
    std::map<std::string_view, node::LatencyCounts> m_latencies; ///< the same
};

} // namespace tarn::gateway::web
