// connection_json: the values of connection_values.h as JSON, both ways. Pure, any thread.
// Source: core/doc/protocol/control.md.
#pragma once

#include "core/base/result.h"
#include "core/control/connection_values.h"

#include <nlohmann/json_fwd.hpp>

namespace tarn::control {

nlohmann::json jsonOf(const ConnectionView& connection);
/// Keys that are not known are skipped. \return PeerMisbehaved: a key is missing or of another
/// type.
Result<ConnectionView> readConnectionView(const nlohmann::json& json);

} // namespace tarn::control
