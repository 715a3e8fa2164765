#include "client-gateway/web/web_api.h"

#include "client-gateway/web/handlers.h"
#include "client-gateway/web/host_check.h"
#include "core/base/log.h"

namespace tarn::gateway::web {

namespace {

Result<void> readTarget(Call& call)
{
    const std::string& target = call.exchange.head().target;
    TARN_TRY(call.route, parseRoute(net::pathOf(target)));
    TARN_TRY(call.arguments, Arguments::parse(net::queryOf(target)));
    return ok();
}

asio::awaitable<Result<void>> serveUnlinked(Call& call)
{
    if (call.method() == "PUT") co_return co_await servePut(call);
    if (call.method() == "POST") co_return co_await servePost(call);
    if (call.method() == "GET" || call.isHead()) co_return co_await serveRedirect(call);
    co_return call.refuseMethod("/uri takes GET, PUT and POST");
}

} // namespace

WebApi::WebApi(FileService& files, const CpuMonitor& cpu, Clock& clock, WebAccess access)
    : m_files(files), m_cpu(cpu), m_clock(clock), m_access(std::move(access)),
      m_started(clock.now()), m_operations(clock)
{
}

asio::awaitable<Result<void>> WebApi::serve(net::ServerExchange& exchange)
{
    co_await m_files.refresh();
    Call call(exchange, m_files, m_operations, m_cpu);
    call.apiToken = m_access.apiToken.view();
    call.uptime = m_clock.now() - m_started;
    const Result<void> served = co_await dispatch(call);
    if (served) co_return ok();
    const Error error = served.error();
    if (exchange.answered() || error.code() == ErrorCode::Cancelled) co_return error;
    Reply reply = errorReply(call, error);
    TARN_LOG(Debug, Web, "request refused", {"method", call.method()}, {"status", reply.status},
             {"code", nameOf(error.code())});
    co_return co_await send(exchange, std::move(reply));
}

asio::awaitable<Result<void>> WebApi::dispatch(Call& call)
{
    TARN_CO_TRY_VOID(checkOrigin(call.exchange.head(), m_access.listenHost));
    TARN_CO_TRY_VOID(readTarget(call));
    switch (call.route.kind) {
    case Route::Kind::Root:
    case Route::Kind::Statistics:
    case Route::Kind::Health:
    case Route::Kind::Metrics:
    case Route::Kind::Helper:
        co_return co_await serveRoot(call);
    case Route::Kind::Unlinked:
        co_return co_await serveUnlinked(call);
    case Route::Kind::Object:
    case Route::Kind::File:
        co_return co_await serveObject(call);
    case Route::Kind::Operation:
        co_return co_await serveOperation(call);
    case Route::Kind::Status:
        co_return co_await serveStatus(call);
    case Route::Kind::Holders:
        co_return co_await serveHolders(call);
    case Route::Kind::Storage:
    case Route::Kind::Incident:
    case Route::Kind::Private:
        co_return co_await serveNode(call);
    case Route::Kind::FileRoot:
        co_return Error(ErrorCode::NotFound, "/file must be followed by a file-cap and a name");
    case Route::Kind::Unknown:
        break;
    }
    co_return Error(ErrorCode::NotFound, "there is nothing here; try / or /uri");
}

} // namespace tarn::gateway::web
