#include "introducer/relay/relay_status.h"

#include "core/node/open_metrics.h"
#include "core/node/peer_metrics.h"

#include <nlohmann/json.hpp>

namespace tarn::relay {

namespace {

using node::OpenMetrics;

/// Why nothing more is carried; empty: there is room.
std::string problemOf(const RelayFigures& figures)
{
    if (!figures.problem.empty()) return figures.problem;
    if (figures.monthLimit && figures.monthBytes >= *figures.monthLimit)
        return "the bytes of this month are used up";
    return {};
}

} // namespace

std::string metricsText(const RelayFigures& figures)
{
    OpenMetrics out;
    out.gauge("tarn_relay_healthy", "1 while it carries, and counts on disk.",
              problemOf(figures).empty() ? 1 : 0);
    out.gauge("tarn_relay_links", "Nodes that keep a link.", figures.links);
    out.gauge("tarn_relay_streams", "Connections that are carried now.", figures.sessions);
    out.gauge("tarn_relay_waiting", "Pairs of which a connection has not come yet.",
              figures.waiting);
    out.counter("tarn_relay_carried_bytes", "Both directions, since the start.",
                figures.book.bytes);
    out.gauge("tarn_relay_month_bytes", "The same in this month (UTC), over restarts.",
              figures.monthBytes);
    out.family("tarn_relay_sessions", "counter", "Pairs asked for, by what came of them.");
    out.sample("tarn_relay_sessions_total", "outcome", "begun", figures.book.sessions);
    out.sample("tarn_relay_sessions_total", "outcome", "refused", figures.book.refused);
    out.sample("tarn_relay_sessions_total", "outcome", "cut", figures.book.cut);
    out.counter("tarn_relay_guests", "Pairs of strangers with a guest ticket.",
                figures.api.strangers);
    out.family("tarn_relay_signals", "counter", "Questions, by what came of them.");
    out.sample("tarn_relay_signals_total", "outcome", "answered", figures.api.signals);
    out.sample("tarn_relay_signals_total", "outcome", "silent", figures.api.silent);
    out.counter("tarn_relay_turned_away", "Requests without a right, or too many of an address.",
                figures.turnedAway + figures.api.refused);
    out.family("tarn_relay_stun", "counter", "STUN requests, by what came of them.");
    out.sample("tarn_relay_stun_total", "outcome", "answered", figures.stun.answered);
    out.sample("tarn_relay_stun_total", "outcome", "dropped", figures.stun.dropped);
    node::writeListener(out, "tarn_relay", figures.listener);
    return std::move(out).finish();
}

std::string statusJson(const RelayFigures& figures, const std::vector<std::string>& places)
{
    nlohmann::json out;
    out["version"] = TARN_VERSION;
    out["places"] = places;
    out["problem"] = problemOf(figures);
    out["links"] = figures.links;
    out["streams"] = figures.sessions;
    out["month"] = figures.month;
    out["month_bytes"] = figures.monthBytes;
    out["month_limit"] = figures.monthLimit ? nlohmann::json(*figures.monthLimit) : nullptr;
    out["sessions"] = figures.book.sessions;
    out["refused"] = figures.book.refused;
    out["connections"] = figures.listener.open;
    return out.dump(1) + "\n";
}

RelayStatusService::RelayStatusService(std::vector<std::string> places,
                                       std::function<RelayFigures()> figures)
    : m_places(std::move(places)), m_figures(std::move(figures))
{
}

asio::awaitable<Result<void>> RelayStatusService::serve(net::ServerExchange& exchange)
{
    const std::string_view path = net::pathOf(exchange.head().target);
    const std::string& method = exchange.head().method;
    net::HttpHeaders headers;
    headers.add("Cache-Control", "no-store");
    headers.add("X-Content-Type-Options", "nosniff");
    if (method != "GET" && method != "HEAD") {
        headers.add("Allow", "GET, HEAD");
        co_return co_await exchange.respondText(405, std::move(headers), "only GET\n");
    }
    const RelayFigures figures = m_figures();
    if (path == "/metrics") {
        headers.add("Content-Type", node::kOpenMetricsType);
        std::string text = metricsText(figures);
        co_return co_await exchange.respondText(200, std::move(headers), std::move(text));
    }
    if (path == "/status.json" || path == "/healthz") {
        const bool bad = path == "/healthz" && !problemOf(figures).empty();
        headers.add("Content-Type", "application/json");
        std::string text = statusJson(figures, m_places);
        co_return co_await exchange.respondText(bad ? 503 : 200, std::move(headers),
                                                std::move(text));
    }
    co_return co_await exchange.respondText(404, std::move(headers),
                                            "try /status.json, /healthz or /metrics\n");
}

} // namespace tarn::relay
