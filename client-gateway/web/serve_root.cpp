#include "client-gateway/web/gateway_health.h"
#include "client-gateway/web/handlers.h"
#include "client-gateway/web/html.h"
#include "client-gateway/web/json_texts.h"
#include "client-gateway/web/pages.h"
#include "core/node/open_metrics.h"

namespace tarn::gateway::web {

namespace {

Result<Reply> statusReply(const Call& call)
{
    const std::string_view operation = call.operation();
    if (operation.empty()) {
        return htmlReply(statusPage(call.files.servers(), call.files.encoding(), call.counters));
    }
    if (operation == "json") return jsonReply(serversJson(call.files.servers()));
    return Error(ErrorCode::InvalidInput, "/ knows t=json only");
}

Result<Reply> statisticsReply(const Call& call)
{
    const std::string_view operation = call.operation();
    if (operation == "openmetrics") {
        Reply reply = plainReply(statisticsOpenMetrics(call.counters, call.stats()));
        reply.contentType = node::kOpenMetricsType;
        return reply;
    }
    if (operation == "json") return plainReply(statisticsJson(call.counters, call.stats()));
    if (operation.empty()) return htmlReply(statisticsPage(call.counters, call.stats()));
    return Error(ErrorCode::InvalidInput, "/statistics knows t=json and t=openmetrics only");
}

/// Without t=.
asio::awaitable<Result<Reply>> healthReply(const Call& call)
{
    if (!call.operation().empty()) co_return Error(ErrorCode::InvalidInput, "/healthz knows no t=");
    const std::optional<OwnDisk> own = co_await call.files.ownDisk();
    const GatewayHealth health = healthOf(call.files.servers(), call.files.encoding(), own);
    Reply reply = jsonReply(healthJson(health));
    reply.status = health.healthy() ? 200 : 503;
    co_return reply;
}

/// Nothing here uploads for others.
Result<Reply> helperReply(const Call& call)
{
    const std::string_view operation = call.operation();
    if (operation.empty()) return htmlReply(htmlPage("Helper", "<p>No helper runs here.</p>\n"));
    if (operation == "json") return plainReply("{}\n");
    return Error(ErrorCode::InvalidInput, "/helper_status knows t=json only");
}

} // namespace

asio::awaitable<Result<void>> serveRoot(Call& call)
{
    Result<Reply> made;
    if (call.route.kind == Route::Kind::Statistics)
        made = statisticsReply(call);
    else if (call.route.kind == Route::Kind::Helper)
        made = helperReply(call);
    else if (call.route.kind == Route::Kind::Health)
        made = co_await healthReply(call);
    else
        made = statusReply(call);
    TARN_CO_TRY(Reply reply, std::move(made));
    co_return co_await send(call.exchange, std::move(reply));
}

} // namespace tarn::gateway::web
