// host_check: which requests may speak to a gateway that asks nobody for a password. A page of a
// hostile site must not reach it through a rebound name, nor write to it from another origin.
#pragma once

#include "core/base/result.h"
#include "core/net/http_message.h"

#include <string_view>

namespace tarn::gateway::web {

/// \param host        value of the Host header: "127.0.0.1:3456", "[::1]", "localhost:3456".
/// \param listenHost  host part of `[web] listen`.
/// True for address literals, localhost and the configured host: names that no foreign DNS owns.
bool hostAllowed(std::string_view host, std::string_view listenHost);

/// \return Unauthorized: the Host is none of ours, or a browser says that another site makes it
///         send this request and the method is not GET or HEAD.
Result<void> checkOrigin(const net::RequestHead& head, std::string_view listenHost);

} // namespace tarn::gateway::web
