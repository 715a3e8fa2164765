// relay_status: what the admin listener and STATE/admin.sock of a relay tell: GET /status.json, GET
// /healthz (200 only while it can carry and count), GET /metrics (OpenMetrics; README.md names
// every family). Nothing can be changed here. Engine thread.
#pragma once

#include "core/net/http_server.h"
#include "core/net/listener.h"
#include "introducer/relay/relay_api.h"
#include "introducer/relay/stun_service.h"

#include <functional>
#include <string>
#include <vector>

namespace tarn::relay {

struct RelayFigures
{
    net::ListenerCounts listener;
    std::size_t links = 0;
    std::uint64_t turnedAway = 0;
    std::size_t sessions = 0;
    std::size_t waiting = 0;
    RelayBook::Counts book;
    std::string month;
    std::uint64_t monthBytes = 0;
    std::optional<std::uint64_t> monthLimit;
    RelayApiCounts api;
    StunCounts stun;
    std::string problem; ///< why it does not carry, or count; empty: all is well
};

/// OpenMetrics text.
std::string metricsText(const RelayFigures& figures);
std::string statusJson(const RelayFigures& figures, const std::vector<std::string>& places);

class RelayStatusService final : public net::HttpHandler
{
public:
    /// \param places  as relay.url has them.
    RelayStatusService(std::vector<std::string> places, std::function<RelayFigures()> figures);
    asio::awaitable<Result<void>> serve(net::ServerExchange& exchange) override;

private:
    std::vector<std::string> m_places;
    std::function<RelayFigures()> m_figures;
};

} // namespace tarn::relay
