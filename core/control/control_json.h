// control_json: the values of node_control.h as JSON, both ways. Pure, any thread.
// Source: core/doc/protocol/control.md.
#pragma once

#include "core/base/error.h"
#include "core/control/node_control.h"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>

namespace tarn::control {

nlohmann::json jsonOf(const NodeStatus& status);
/// Keys that it does not know are skipped: newer nodes may say more.
/// \return PeerMisbehaved: a key is missing or of another type.
Result<NodeStatus> readNodeStatus(const nlohmann::json& json);

nlohmann::json jsonOf(const EncodingStatus& encoding);
/// \return PeerMisbehaved, as readNodeStatus().
Result<EncodingStatus> readEncodingStatus(const nlohmann::json& json);
/// {"needed", "happy", "total"}; none: {"automatic": true}
nlohmann::json jsonOf(const std::optional<EncodingChoice>& choice);
/// \return InvalidInput: neither of the two, or both.
Result<std::optional<EncodingChoice>> readEncodingChoice(const nlohmann::json& json);

/// {"error": why, "code": "NotFound"}
nlohmann::json jsonOf(const Error& error);
/// What a node answered with that status. Anything but such JSON is an error too.
Error readError(unsigned status, std::string_view body);

/// Indented, with a line break at its end; what is no UTF-8 is replaced.
std::string printed(const nlohmann::json& json);
/// \return PeerMisbehaved: not JSON, or no object.
Result<nlohmann::json> parseObject(std::string_view text);

} // namespace tarn::control
