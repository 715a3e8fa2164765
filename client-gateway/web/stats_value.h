// stats_value: the numbers of a deep operation as a JSON value, for the texts that hold them.
// Source: spec 05 section 8.
#pragma once

#include "client-gateway/dirs/deep_stats.h"

#include <nlohmann/json_fwd.hpp>

namespace tarn::gateway::web {

/// With "count-unreadable-directories" where there are such, which end such an operation of
/// Tahoe-LAFS.
nlohmann::ordered_json statsValue(const DeepStats& stats);

} // namespace tarn::gateway::web
