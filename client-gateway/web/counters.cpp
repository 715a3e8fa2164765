#include "client-gateway/web/counters.h"

#include "client-gateway/web/html.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace tarn::gateway::web {

namespace {

std::map<std::string, std::uint64_t> named(const Counters& counters)
{
    return {{"downloader.bytes_downloaded", counters.bytesDownloaded},
            {"downloader.files_downloaded", counters.filesDownloaded},
            {"mutable.bytes_published", counters.bytesPublished},
            {"mutable.bytes_retrieved", counters.bytesRetrieved},
            {"mutable.files_published", counters.filesPublished},
            {"mutable.files_retrieved", counters.filesRetrieved},
            {"uploader.bytes_uploaded", counters.bytesUploaded},
            {"uploader.files_uploaded", counters.filesUploaded}};
}

/// "node.uptime" -> "node_uptime"
std::string metricOf(std::string name)
{
    std::replace(name.begin(), name.end(), '.', '_');
    return name;
}

} // namespace

std::string statisticsJson(const Counters& counters, const NodeStats& stats)
{
    nlohmann::json out;
    out["counters"] = named(counters);
    out["stats"] = stats;
    return out.dump(1) + "\n";
}

std::string statisticsOpenMetrics(const Counters& counters, const NodeStats& stats)
{
    std::string out;
    for (const auto& [name, value] : named(counters))
        out += "tahoe_counters_" + metricOf(name) + " " + std::to_string(value) + "\n";
    for (const auto& [name, value] : stats)
        out += "tahoe_stats_" + metricOf(name) + " " + std::to_string(value) + "\n";
    return out + "# EOF\n";
}

std::string statisticsPage(const Counters& counters, const NodeStats& stats)
{
    std::string out = "<table>\n<caption>Since the start</caption>\n";
    for (const auto& [name, value] : named(counters))
        out += factRow(name, value);
    for (const auto& [name, value] : stats)
        out += factRow(name, std::to_string(value));
    return htmlPage("Statistics", out + "</table>\n<p>The same as <a href=\"/statistics?t=json\">"
                                        "JSON</a> and for <a href=\"/statistics?t=openmetrics\">"
                                        "Prometheus</a>.</p>\n");
}

} // namespace tarn::gateway::web
