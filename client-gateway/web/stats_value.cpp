#include "client-gateway/web/stats_value.h"

#include <nlohmann/json.hpp>

namespace tarn::gateway::web {

using nlohmann::ordered_json;

namespace {

ordered_json histogramValue(const DeepStats& stats)
{
    ordered_json out = ordered_json::array();
    for (const auto& [least, bucket] : stats.histogram)
        out.push_back({least, bucket.most, bucket.count});
    return out;
}

} // namespace

ordered_json statsValue(const DeepStats& stats)
{
    ordered_json out{{"api-version", 1},
                     {"count-immutable-files", stats.immutableFiles},
                     {"count-mutable-files", stats.mutableFiles},
                     {"count-literal-files", stats.literalFiles},
                     {"count-files", stats.files()},
                     {"count-directories", stats.directories},
                     {"count-unknown", stats.unknown},
                     {"size-immutable-files", stats.immutableBytes},
                     {"size-literal-files", stats.literalBytes},
                     {"size-directories", stats.directoryBytes},
                     {"largest-directory", stats.largestDirectory},
                     {"largest-directory-children", stats.largestDirectoryChildren},
                     {"largest-immutable-file", stats.largestImmutableFile},
                     {"size-files-histogram", histogramValue(stats)}};
    if (stats.unreadableDirectories > 0)
        out["count-unreadable-directories"] = stats.unreadableDirectories;
    return out;
}

} // namespace tarn::gateway::web
