// gateway_url: where the gateway listens, from --gateway or from node.url in its state directory.
#pragma once

#include "client-gateway/cli/options.h"
#include "core/base/quantity.h"
#include "core/base/result.h"

#include <string>
#include <string_view>

namespace tarn::gateway::cli {

struct GatewayAddress
{
    HostPort place;        ///< what is dialled
    std::string host;      ///< as the URL has it, without brackets: "127.0.0.1", "localhost"
    bool isSecure = false; ///< https: its certificate must be for `host`
};

/// "https://localhost:443", without "/" at the end.
std::string urlOf(const GatewayAddress& gateway);

/// "http://127.0.0.1:3456" or "https://192.0.2.7" (port 443) with or without "/" at the end;
/// localhost means 127.0.0.1.
/// \return InvalidInput: a path, a missing port of http or a name (no DNS is asked).
Result<GatewayAddress> parseGatewayUrl(std::string_view url);

/// \return NotFound: neither --gateway nor a node.url; says what to do. Blocking.
Result<GatewayAddress> findGateway(const GatewayChoice& choice);

} // namespace tarn::gateway::cli
