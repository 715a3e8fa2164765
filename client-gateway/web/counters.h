// counters: what this gateway has done since its start. Names and forms of spec 08 section 8.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace tarn::gateway::web {

struct Counters
{
    std::uint64_t filesUploaded = 0;
    std::uint64_t bytesUploaded = 0; ///< plaintext
    std::uint64_t filesDownloaded = 0;
    std::uint64_t bytesDownloaded = 0; ///< plaintext
    std::uint64_t filesPublished = 0;  ///< versions of mutable files, directories included
    std::uint64_t bytesPublished = 0;
    std::uint64_t filesRetrieved = 0; ///< reads of mutable files, directories included
    std::uint64_t bytesRetrieved = 0;
};

/// Floating point numbers by name: "node.uptime", "cpu_monitor.total".
using NodeStats = std::map<std::string, double>;

/// {"counters": {...}, "stats": {...}}, indented, with a final newline.
std::string statisticsJson(const Counters& counters, const NodeStats& stats);
/// OpenMetrics text, sorted by name, ending "# EOF".
std::string statisticsOpenMetrics(const Counters& counters, const NodeStats& stats);
std::string statisticsPage(const Counters& counters, const NodeStats& stats);

} // namespace tarn::gateway::web
