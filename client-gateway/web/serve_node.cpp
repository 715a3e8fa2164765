#include "client-gateway/web/handlers.h"
#include "client-gateway/web/html.h"
#include "client-gateway/web/log_stream.h"
#include "client-gateway/web/web_socket.h"
#include "core/base/log.h"

namespace tarn::gateway::web {

namespace {

constexpr std::string_view kScheme = "tahoe-lafs ";

Result<Reply> storageReply(const Call& call)
{
    if (call.operation().empty())
        return htmlReply(htmlPage("Storage", "<p>No storage server runs here: tarn-storage is a "
                                             "program of its own.</p>\n"));
    if (call.operation() == "json")
        return Error(ErrorCode::NotFound, "no storage server runs here");
    return Error(ErrorCode::InvalidInput, "/storage knows t=json only");
}

/// What somebody reports may hold capabilities: it is noted that there is something, not what.
Result<Reply> incidentReply(Call& call)
{
    if (call.method() != "POST")
        return Error(ErrorCode::InvalidInput, "/report_incident can only be used with POST");
    TARN_LOG(Warning, Web, "somebody reports an incident through the web API");
    Reply reply =
        plainReply("The report is noted in the log of this gateway, without its details.");
    reply.contentType = "text/plain; charset=UTF-8";
    return reply;
}

bool hasToken(const Call& call)
{
    const std::string* given = call.exchange.head().headers.find("Authorization");
    if (!given || call.apiToken.empty()) return false;
    const std::string_view text = *given;
    return equalIgnoringCase(text.substr(0, kScheme.size()), kScheme) &&
           constantTimeEqual(asBytes(trim(text.substr(kScheme.size()))), call.apiToken);
}

Result<Reply> privateReply(Call& call)
{
    if (!hasToken(call)) {
        Reply reply = textReply(401, "Unauthorized");
        reply.headers.set("WWW-Authenticate", "tahoe-lafs realm=\"tahoe-lafs\"");
        return reply;
    }
    return Error(ErrorCode::NotFound, "there is nothing here");
}

bool asksForLog(const Call& call)
{
    const std::vector<std::string>& names = call.route.names;
    return call.route.kind == Route::Kind::Private && names.size() == 2 && names[0] == "logs" &&
           names[1] == "v1" && hasToken(call);
}

asio::awaitable<Result<void>> serveLog(Call& call)
{
    Result<std::string> accept = acceptWebSocket(call.exchange.head());
    if (!accept) co_return call.refuse(400, accept.error().message());
    co_return co_await call.logStreams->serve(call.exchange, *std::move(accept));
}

} // namespace

asio::awaitable<Result<void>> serveNode(Call& call)
{
    if (asksForLog(call)) co_return co_await serveLog(call);
    Result<Reply> made = storageReply(call);
    if (call.route.kind == Route::Kind::Incident) made = incidentReply(call);
    if (call.route.kind == Route::Kind::Private) made = privateReply(call);
    TARN_CO_TRY(Reply reply, std::move(made));
    co_return co_await send(call.exchange, std::move(reply));
}

} // namespace tarn::gateway::web
