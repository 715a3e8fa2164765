// control_access: which requests may speak to a node's control API: those that carry its token,
// come to a local address by its own name, and were not made by a web page. Pure, any thread.
// Source: design.md section 8.
#pragma once

#include "core/base/secret.h"
#include "core/net/http_message.h"

#include <optional>
#include <string>

namespace tarn::control {

struct Refusal
{
    unsigned status = 403; ///< 401: the token is missing or wrong
    std::string why;
};

/// \param token  the text of private/api_auth_token; compared in a time that says nothing of it.
/// \return nothing: let it in.
std::optional<Refusal> refusalOf(const net::RequestHead& head, const Secret& token);

/// "127.0.0.1:3456", "[::1]:3456", "localhost:3456", each also without a port: names that no
/// foreign DNS can point elsewhere.
bool isLocalHost(std::string_view host);

} // namespace tarn::control
