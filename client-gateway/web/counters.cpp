#include "client-gateway/web/counters.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>

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

double seconds(Duration duration)
{
    return std::chrono::duration<double>(duration).count();
}

} // namespace

std::string statisticsJson(const Counters& counters, Duration uptime)
{
    nlohmann::json out;
    out["counters"] = named(counters);
    out["stats"]["node.uptime"] = seconds(uptime);
    return out.dump(1) + "\n";
}

std::string statisticsOpenMetrics(const Counters& counters, Duration uptime)
{
    std::string out;
    for (const auto& [key, value] : named(counters)) {
        std::string name = key;
        std::replace(name.begin(), name.end(), '.', '_');
        out += "tahoe_counters_" + name + " " + std::to_string(value) + "\n";
    }
    out += "tahoe_stats_node_uptime " + std::to_string(seconds(uptime)) + "\n";
    return out + "# EOF\n";
}

} // namespace tarn::gateway::web
