// relay_json: the values of relay_values.h as JSON, both ways. Pure, any thread.
// Source: core/doc/protocol/control.md.
#pragma once

#include "core/base/result.h"
#include "core/control/relay_values.h"

#include <nlohmann/json_fwd.hpp>

namespace tarn::control {

// Keys that readers do not know are skipped. Answers that lack a key, or have one of another type,
// are PeerMisbehaved; requests InvalidInput.

nlohmann::json jsonOf(const RelayStatus& status);
Result<RelayStatus> readRelayStatus(const nlohmann::json& json);
/// Throws json::exception.
RelayStatus relayStatusOf(const nlohmann::json& json);

/// {"offer", "budget"?: bytes or null}
nlohmann::json jsonOf(const RelayChoice& choice);
Result<RelayChoice> readRelayChoice(const nlohmann::json& json);

} // namespace tarn::control
