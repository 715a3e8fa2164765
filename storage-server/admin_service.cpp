#include "storage-server/admin_service.h"

#include "core/node/open_metrics.h"
#include "storage-server/upkeep_service.h"

#include <nlohmann/json.hpp>

namespace tarn::storage {

namespace {

/// Beyond it the number of advisories is told as this.
constexpr std::size_t kCountedAdvisories = 1000;

std::string_view nameOf(StoreState state)
{
    switch (state) {
    case StoreState::Healthy:
        return "healthy";
    case StoreState::Suspect:
        return "suspect";
    case StoreState::Unavailable:
        return "unavailable";
    }
    return "unknown";
}

nlohmann::json
introducersJson(const std::function<std::vector<node::IntroducerStatus>()>& introducers)
{
    nlohmann::json out = nlohmann::json::array();
    if (!introducers) return out;
    for (const node::IntroducerStatus& one : introducers()) {
        nlohmann::json last;
        if (one.lastGood) last = unixSeconds(*one.lastGood);
        out.push_back({{"place", one.place}, {"last_announced", last}, {"problem", one.problem}});
    }
    return out;
}

} // namespace

asio::awaitable<Result<void>> AdminService::serve(net::ServerExchange& exchange)
{
    const std::string& method = exchange.head().method;
    const std::string_view path = net::pathOf(exchange.head().target);
    const bool known = path == "/healthz" || path == "/metrics";
    if (!known)
        co_return co_await exchange.respondText(404, net::HttpHeaders(),
                                                "try /healthz or /metrics\n");
    if (method != "GET" && method != "HEAD") {
        net::HttpHeaders headers;
        headers.add("Allow", "GET, HEAD");
        co_return co_await exchange.respondText(405, std::move(headers), "only GET\n");
    }
    if (path == "/healthz") co_return co_await health(exchange);
    co_return co_await metrics(exchange);
}

asio::awaitable<Result<void>> AdminService::health(net::ServerExchange& exchange)
{
    const StoreStatus status = co_await m_store.status();
    const Result<std::vector<Advisory>> advisories =
        co_await m_store.advisories(kCountedAdvisories);
    const LeaseKeeperStatus* const leases =
        m_sources.leases != nullptr ? &m_sources.leases->status() : nullptr;
    const bool withheld = leases != nullptr && leases->withheld;
    const bool healthy = status.health.state == StoreState::Healthy && !withheld;
    nlohmann::json out;
    out["healthy"] = healthy;
    out["state"] = nameOf(status.health.state);
    out["reason"] = status.health.reason;
    if (withheld && status.health.reason.empty())
        out["reason"] = "the shares of " + std::to_string(leases->absentIndexes) + " of " +
                        std::to_string(leases->leasedIndexes) + " storage indexes are gone";
    out["readonly"] = status.readonly;
    out["available_bytes"] = status.availableSpace;
    out["used_bytes"] = status.usedSpace ? nlohmann::json(*status.usedSpace) : nlohmann::json();
    out["uploads"] = status.uploadsInProgress;
    out["corruption_advisories"] =
        advisories ? nlohmann::json(advisories->size()) : nlohmann::json();
    out["disk_failures"] = status.failures;
    out["introducers"] = introducersJson(m_sources.introducers);
    if (m_sources.draining != nullptr) out["draining"] = m_sources.draining->on();
    if (leases != nullptr) out["lease_rounds"] = leases->rounds;
    if (leases != nullptr) out["missing_indexes"] = leases->absentIndexes;
    if (m_sources.scrubber != nullptr) out["scrub"] = scrubJson(*m_sources.scrubber, false);
    net::HttpHeaders headers;
    headers.add("Content-Type", "application/json");
    headers.add("Cache-Control", "no-store");
    std::string text = out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
    co_return co_await exchange.respondText(healthy ? 200 : 503, std::move(headers),
                                            std::move(text));
}

asio::awaitable<Result<void>> AdminService::metrics(net::ServerExchange& exchange)
{
    const StoreStatus status = co_await m_store.status();
    net::HttpHeaders headers;
    headers.add("Content-Type", node::kOpenMetricsType);
    std::string text = metricsText(status, m_counters, m_connections(), m_sources);
    co_return co_await exchange.respondText(200, std::move(headers), std::move(text));
}

} // namespace tarn::storage
