#include "client-gateway/web/reply.h"

namespace tarn::gateway::web {

Reply plainReply(std::string body)
{
    Reply reply;
    reply.contentType = "text/plain";
    reply.body = std::move(body);
    return reply;
}

Reply htmlReply(std::string page)
{
    Reply reply;
    reply.contentType = "text/html;charset=utf-8";
    reply.body = std::move(page);
    reply.headers.set("Content-Security-Policy",
                      "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
                      "base-uri 'none'; frame-ancestors 'none'");
    return reply;
}

Reply jsonReply(std::string body)
{
    Reply reply;
    reply.contentType = "application/json; charset=utf-8";
    reply.body = std::move(body);
    return reply;
}

Reply redirectReply(std::string location)
{
    Reply reply = textReply(302, "see the Location of this answer");
    reply.headers.set("Location", std::move(location));
    return reply;
}

Reply textReply(unsigned status, std::string_view text)
{
    Reply reply;
    reply.status = status;
    reply.contentType = "text/plain;charset=utf-8";
    reply.body = std::string(text) + "\n";
    return reply;
}

unsigned statusOf(ErrorCode code)
{
    switch (code) {
    case ErrorCode::InvalidInput:
    case ErrorCode::NotWriteable:
        return 400;
    case ErrorCode::Unauthorized:
        return 403;
    case ErrorCode::NotFound:
        return 404;
    case ErrorCode::Conflict:
    case ErrorCode::Exists:
        return 409;
    case ErrorCode::NotEnoughShares:
    case ErrorCode::NoShares:
        return 410;
    case ErrorCode::TooLarge:
        return 413;
    case ErrorCode::Unsupported:
        return 501;
    case ErrorCode::NoSpace:
        return 507;
    case ErrorCode::Unhappy:
    case ErrorCode::Cancelled:
    case ErrorCode::Timeout:
    case ErrorCode::PeerUnreachable:
    case ErrorCode::PeerMisbehaved:
    case ErrorCode::Corrupt:
    case ErrorCode::IoFailure:
    case ErrorCode::Internal:
        break;
    }
    return 500;
}

std::string explain(const Error& error)
{
    switch (error.code()) {
    case ErrorCode::NotEnoughShares:
        return "NotEnoughSharesError: some servers were unavailable, or shares have been lost. "
               "Check this file to learn more.\n\n" +
               error.message();
    case ErrorCode::NoShares:
        return "NoSharesError: no shares could be found. Either no servers were reached, the "
               "capability is wrong, or everything of this file is lost.\n\n" +
               error.message();
    case ErrorCode::Unhappy:
        return "UploadUnhappinessError: " + error.message();
    default:
        break;
    }
    return statusOf(error.code()) == 500 ? error.text() : error.message();
}

void addSecurityHeaders(net::HttpHeaders& headers)
{
    headers.set("X-Frame-Options", "DENY");
    headers.set("Referrer-Policy", "no-referrer");
    headers.set("X-Content-Type-Options", "nosniff");
}

asio::awaitable<Result<void>> send(net::ServerExchange& exchange, Reply reply)
{
    net::HttpHeaders headers = std::move(reply.headers);
    headers.set("Content-Type", std::move(reply.contentType));
    addSecurityHeaders(headers);
    co_return co_await exchange.respondText(reply.status, std::move(headers),
                                            std::move(reply.body));
}

} // namespace tarn::gateway::web
