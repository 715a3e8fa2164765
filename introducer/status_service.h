// status_service: what the admin listener tells, on loopback: GET / (a page), GET /status.json, GET
// /healthz (200 only when records are on disk), GET /metrics (OpenMetrics). Nothing can be changed
// here. Engine thread.
#pragma once

#include "core/net/http_server.h"
#include "introducer/introducer.h"
#include "introducer/introducer_metrics.h"

#include <functional>

namespace tarn::introducer {

class StatusService final : public net::HttpHandler
{
public:
    /// All outlive the service. \param urls  of this introducer.
    StatusService(const Introducer& introducer, const ApiCounts& requests,
                  std::vector<std::string> urls, std::function<ConnectionFigures()> connections);
    asio::awaitable<Result<void>> serve(net::ServerExchange& exchange) override;

private:
    std::string json() const;
    std::string page() const;

    const Introducer& m_introducer;
    const ApiCounts& m_requests;
    std::vector<std::string> m_urls;
    std::function<ConnectionFigures()> m_connections;
};

} // namespace tarn::introducer
