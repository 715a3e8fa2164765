#include "introducer/status_service.h"

#include "core/gossip/server_announcement.h"
#include "core/node/open_metrics.h"
#include "core/wire/node_id.h"

#include <nlohmann/json.hpp>

namespace tarn::introducer {

namespace {

using Json = nlohmann::json;

Json secondsOf(const std::optional<WallTime>& time)
{
    return time ? Json(unixSeconds(*time)) : Json();
}

std::string_view textOf(gossip::Standing standing)
{
    switch (standing) {
    case gossip::Standing::Open:
        return "open";
    case gossip::Standing::Closed:
        return "closed";
    case gossip::Standing::Withdrawn:
        break;
    }
    return "withdrawn";
}

Json serverJson(const gossip::Record& record, const gossip::ServerAnnouncement& server)
{
    Json out;
    out["id"] = wire::nodeIdOf(record.signer());
    out["nickname"] = server.nickname;
    out["software"] = server.software;
    out["locations"] = server.locations;
    out["account_for_all"] = !server.anonymousSwissnum.empty();
    out["announced"] = record.content().issued;
    out["expires"] = record.content().expires;
    out["sequence"] = record.content().sequence;
    out["standing"] = textOf(server.standing);
    return out;
}

/// Everything that JSON and page tell.
Json statusOf(const Introducer& introducer)
{
    Json out;
    out["servers"] = Json::array();
    for (const gossip::RecordPtr& record : introducer.records().all())
        if (const auto server = gossip::readAnnouncement(*record))
            out["servers"].push_back(serverJson(*record, *server));
    out["subscribers"] = Json::array();
    for (const SubscriberView& one : introducer.subscribers())
        out["subscribers"].push_back({{"address", one.address},
                                      {"software", one.software},
                                      {"since", unixSeconds(one.since)},
                                      {"last_seen", unixSeconds(one.lastSeen)}});
    out["peers"] = Json::array();
    for (const PeerView& one : introducer.peers())
        out["peers"].push_back({{"place", one.place},
                                {"last_answer", secondsOf(one.lastGood)},
                                {"last_question", secondsOf(one.lastCame)},
                                {"problem", one.problem}});
    out["records"] = introducer.records().size();
    out["record_bytes"] = introducer.records().bytes();
    out["disk_problem"] = introducer.diskProblem();
    return out;
}

std::string dumped(const Json& json)
{
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string escaped(std::string_view text)
{
    std::string out;
    for (const char c : text) {
        if (c == '<')
            out += "&lt;";
        else if (c == '>')
            out += "&gt;";
        else if (c == '&')
            out += "&amp;";
        else if (c == '"')
            out += "&quot;";
        else
            out += c;
    }
    return out;
}

std::string timeText(const Json& seconds)
{
    if (!seconds.is_number()) return "never";
    return net::httpDate(WallTime(std::chrono::seconds(seconds.get<std::int64_t>())));
}

std::string cellText(const Json& value)
{
    if (value.is_string()) return value.get<std::string>();
    if (value.is_array()) {
        std::string out;
        for (const Json& one : value)
            out += (out.empty() ? "" : ", ") + cellText(one);
        return out;
    }
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

struct Column
{
    const char* title;
    const char* key;
    bool isTime = false;
};

std::string table(const char* title, const Json& rows, const std::vector<Column>& columns)
{
    std::string out = std::string("<h2>") + title + "</h2>\n";
    if (rows.empty()) return out + "<p>none</p>\n";
    out += "<table><tr>";
    for (const Column& column : columns)
        out += std::string("<th>") + column.title + "</th>";
    out += "</tr>\n";
    for (const Json& row : rows) {
        out += "<tr>";
        for (const Column& column : columns) {
            const Json& value = row[column.key];
            out += "<td>" + escaped(column.isTime ? timeText(value) : cellText(value)) + "</td>";
        }
        out += "</tr>\n";
    }
    return out + "</table>\n";
}

constexpr std::string_view kHead =
    "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Introducer</title>"
    "<style>body{font-family:sans-serif;margin:2em}table{border-collapse:collapse}"
    "td,th{border:1px solid #999;padding:.2em .5em;text-align:left}</style></head><body>"
    "<h1>Introducer</h1>\n";

} // namespace

StatusService::StatusService(const Introducer& introducer, const ApiCounts& requests,
                             std::vector<std::string> urls,
                             std::function<ConnectionFigures()> connections)
    : m_introducer(introducer), m_requests(requests), m_urls(std::move(urls)),
      m_connections(std::move(connections))
{
}

std::string StatusService::json() const
{
    Json out = statusOf(m_introducer);
    out["urls"] = m_urls;
    out["connections"] = m_connections().listener.open;
    out["version"] = TARN_VERSION;
    return dumped(out);
}

std::string StatusService::page() const
{
    const Json status = statusOf(m_introducer);
    std::string out(kHead);
    for (const std::string& url : m_urls)
        out += "<p><code>" + escaped(url) + "</code></p>\n";
    out += table("Servers", status["servers"],
                 {{"nickname", "nickname"},
                  {"id", "id"},
                  {"software", "software"},
                  {"locations", "locations"},
                  {"account for all", "account_for_all"},
                  {"standing", "standing"},
                  {"announced", "announced", true},
                  {"expires", "expires", true}});
    out += table("Subscribers", status["subscribers"],
                 {{"address", "address"},
                  {"software", "software"},
                  {"since", "since", true},
                  {"last seen", "last_seen", true}});
    out += table("Introducers", status["peers"],
                 {{"place", "place"},
                  {"last answer", "last_answer", true},
                  {"last question", "last_question", true},
                  {"problem", "problem"}});
    return out + "</body></html>\n";
}

asio::awaitable<Result<void>> StatusService::serve(net::ServerExchange& exchange)
{
    const std::string_view path = net::pathOf(exchange.head().target);
    const std::string& method = exchange.head().method;
    net::HttpHeaders headers;
    headers.add("Cache-Control", "no-store");
    headers.add("X-Content-Type-Options", "nosniff");
    headers.add("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
    if (method != "GET" && method != "HEAD") {
        headers.add("Allow", "GET, HEAD");
        co_return co_await exchange.respondText(405, std::move(headers), "only GET\n");
    }
    if (path == "/") {
        headers.add("Content-Type", "text/html; charset=utf-8");
        std::string text = page();
        co_return co_await exchange.respondText(200, std::move(headers), std::move(text));
    }
    if (path == "/metrics") {
        headers.add("Content-Type", node::kOpenMetricsType);
        std::string text = metricsText(m_introducer, m_requests, m_connections());
        co_return co_await exchange.respondText(200, std::move(headers), std::move(text));
    }
    if (path == "/status.json" || path == "/healthz") {
        const bool bad = path == "/healthz" && !m_introducer.diskProblem().empty();
        headers.add("Content-Type", "application/json");
        std::string text = json();
        co_return co_await exchange.respondText(bad ? 503 : 200, std::move(headers),
                                                std::move(text));
    }
    co_return co_await exchange.respondText(404, std::move(headers),
                                            "try /, /status.json, /healthz or /metrics\n");
}

} // namespace tarn::introducer
