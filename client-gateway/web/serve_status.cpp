#include "client-gateway/web/event_texts.h"
#include "client-gateway/web/handlers.h"
#include "client-gateway/web/status_texts.h"

namespace tarn::gateway::web {

namespace {

Result<Reply> listReply(const Call& call)
{
    const std::string_view operation = call.operation();
    if (operation == "json") {
        Reply reply = jsonReply(transfersJson(call.files.history()));
        reply.contentType = "application/json"; // as Tahoe-LAFS sends it here
        return reply;
    }
    if (operation.empty()) return htmlReply(transfersPage(call.files.history()));
    return Error(ErrorCode::InvalidInput, "/status knows t=json only");
}

Result<Reply> transferReply(const Call& call)
{
    const std::vector<std::string>& names = call.route.names;
    if (names[0].find('-') == std::string::npos)
        return Error(ErrorCode::InvalidInput, "no '-' in '" + names[0] + "'");
    const std::shared_ptr<const Transfer> transfer = call.files.history().find(names[0]);
    const bool events = names.size() == 2 && names[1] == "event_json";
    if (!transfer || names.size() > 2 || (names.size() == 2 && !events))
        return Error(ErrorCode::NotFound, "no such transfer, or too long ago");
    if (events && transfer->kind == TransferKind::Download)
        return plainReply(eventsJson(*transfer));
    if (events) return Error(ErrorCode::NotFound, "only downloads have event_json");
    if (call.operation() == "json") return jsonReply(transferJson(*transfer));
    if (call.operation().empty()) return htmlReply(transferPage(*transfer));
    return Error(ErrorCode::InvalidInput, "a transfer knows t=json only");
}

} // namespace

asio::awaitable<Result<void>> serveStatus(Call& call)
{
    TARN_CO_TRY(Reply reply, call.route.names.empty() ? listReply(call) : transferReply(call));
    co_return co_await send(call.exchange, std::move(reply));
}

} // namespace tarn::gateway::web
