// check_value: check results as JSON values, for the texts that hold them.
// Source: spec 08 section 7.
#pragma once

#include "client-gateway/check/check_result.h"

#include <nlohmann/json_fwd.hpp>

namespace tarn::gateway::web {

/// {"storage-index", "summary", "results": {...}}
nlohmann::ordered_json checkValue(const CheckResult& result);
/// {"storage-index", "repair-attempted", ...}
nlohmann::ordered_json repairValue(const RepairResult& result);

} // namespace tarn::gateway::web
