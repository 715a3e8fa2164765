#include "storage-server/admin_service.h"

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

/// OpenMetrics text, one family after the other.
class MetricsText
{
public:
    void family(const std::string& name, std::string_view type, std::string_view help)
    {
        m_text += "# TYPE " + name + " " + std::string(type) + "\n# HELP " + name + " " +
                  std::string(help) + "\n";
    }
    void sample(const std::string& name, std::uint64_t value) { line(name, value); }
    void sample(const std::string& name, const std::string& label, std::string_view labelValue,
                std::uint64_t value)
    {
        line(name + "{" + label + "=\"" + std::string(labelValue) + "\"}", value);
    }
    void gauge(const std::string& name, std::string_view help, std::uint64_t value)
    {
        family(name, "gauge", help);
        sample(name, value);
    }
    std::string finish() && { return std::move(m_text) + "# EOF\n"; }

private:
    void line(const std::string& what, std::uint64_t value)
    {
        m_text += what + " " + std::to_string(value) + "\n";
    }

    std::string m_text;
};

void addRequests(MetricsText& out, const ServiceCounters& counters)
{
    out.family("tarn_storage_requests", "counter", "Requests by operation.");
    for (std::size_t i = 0; i < kOperationCount; ++i) {
        out.sample("tarn_storage_requests_total", "operation",
                   storage::nameOf(static_cast<wire::Operation>(i)), counters.requests[i]);
    }
    out.family("tarn_storage_answers", "counter", "Answers by HTTP status.");
    for (const auto& [status, count] : counters.answers)
        out.sample("tarn_storage_answers_total", "status", std::to_string(status), count);
    out.family("tarn_storage_received_bytes", "counter", "Share data received.");
    out.sample("tarn_storage_received_bytes_total", counters.bytesReceived);
    out.family("tarn_storage_sent_bytes", "counter", "Share data sent.");
    out.sample("tarn_storage_sent_bytes_total", counters.bytesSent);
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

void addStore(MetricsText& out, const StoreStatus& status)
{
    out.gauge("tarn_storage_healthy", "1 when the store takes everything.",
              status.health.state == StoreState::Healthy ? 1 : 0);
    out.gauge("tarn_storage_readonly", "1 when no new data are taken.", status.readonly ? 1 : 0);
    out.gauge("tarn_storage_available_bytes", "Space for new shares.", status.availableSpace);
    if (status.usedSpace)
        out.gauge("tarn_storage_used_bytes", "Share files on disk.", *status.usedSpace);
    out.gauge("tarn_storage_allocated_bytes", "Promised to uploads in progress.",
              status.allocatedSpace);
    out.gauge("tarn_storage_uploads", "Uploads in progress.", status.uploadsInProgress);
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
    const bool healthy = status.health.state == StoreState::Healthy;
    nlohmann::json out;
    out["healthy"] = healthy;
    out["state"] = nameOf(status.health.state);
    out["reason"] = status.health.reason;
    out["readonly"] = status.readonly;
    out["available_bytes"] = status.availableSpace;
    out["used_bytes"] = status.usedSpace ? nlohmann::json(*status.usedSpace) : nlohmann::json();
    out["uploads"] = status.uploadsInProgress;
    out["corruption_advisories"] =
        advisories ? nlohmann::json(advisories->size()) : nlohmann::json();
    out["introducers"] = introducersJson(m_introducers);
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
    MetricsText out;
    addRequests(out, m_counters);
    addStore(out, status);
    out.gauge("tarn_storage_connections", "Connections to the storage listener.", m_connections());
    net::HttpHeaders headers;
    headers.add("Content-Type", "application/openmetrics-text; version=1.0.0; charset=utf-8");
    std::string text = std::move(out).finish();
    co_return co_await exchange.respondText(200, std::move(headers), std::move(text));
}

} // namespace tarn::storage
