// reply: whole answers of the web API, and the headers that every answer carries.
#pragma once

#include "core/base/error.h"
#include "core/net/http_server.h"

#include <string>
#include <string_view>

namespace tarn::gateway::web {

struct Reply
{
    unsigned status = 200;
    std::string contentType;
    std::string body;
    net::HttpHeaders headers; ///< more than Content-Type and the security headers
};

/// text/plain without charset, as Tahoe-LAFS sends capabilities and JSON.
Reply plainReply(std::string body);
/// A page made here: it may style itself and send forms to this gateway, nothing else.
Reply htmlReply(std::string page);
Reply jsonReply(std::string body);
Reply redirectReply(std::string location);
/// text/plain;charset=utf-8 with a final newline.
Reply textReply(unsigned status, std::string_view text);

/// Status of an error that no handler gave one (spec 08 section 2).
unsigned statusOf(ErrorCode code);
/// With the exception name of the reference where programs look for one, such as
/// "NotEnoughSharesError: ".
std::string explain(const Error& error);

/// What every answer carries: no framing, no referrer, no type guessing (spec 08 section 1).
void addSecurityHeaders(net::HttpHeaders& headers);

asio::awaitable<Result<void>> send(net::ServerExchange& exchange, Reply reply);

} // namespace tarn::gateway::web
