// gateway_url: where the gateway listens, from --gateway or from node.url in its state directory.
#pragma once

#include "client-gateway/cli/options.h"
#include "core/base/quantity.h"
#include "core/base/result.h"

#include <string>
#include <string_view>

namespace tarn::gateway::cli {

/// "http://127.0.0.1:3456" with or without "/" at the end; localhost means 127.0.0.1.
/// \return InvalidInput: a path, a missing port or a name (no DNS is asked).
///         Unsupported: https; says what to do instead.
Result<HostPort> parseGatewayUrl(std::string_view url);

/// \return NotFound: neither --gateway nor a node.url; says what to do. Blocking.
Result<HostPort> findGateway(const GatewayChoice& choice);

} // namespace tarn::gateway::cli
