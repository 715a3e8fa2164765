#include "client-gateway/web/web_api.h"

#include "client-gateway/web/gateway_health.h"
#include "client-gateway/web/handlers.h"
#include "client-gateway/web/host_check.h"
#include "client-gateway/web/static_files.h"
#include "client-gateway/web/watched_exchange.h"
#include "core/base/log.h"
#include "core/node/open_metrics.h"

#include <malloc.h>

namespace tarn::gateway::web {

namespace {

Result<void> readTarget(Call& call)
{
    const std::string& target = call.exchange.head().target;
    TARN_TRY(call.route, parseRoute(net::pathOf(target)));
    TARN_TRY(call.arguments, Arguments::parse(net::queryOf(target)));
    return ok();
}

/// How /metrics names what was asked for.
std::string_view endpointOf(Route::Kind kind)
{
    switch (kind) {
    case Route::Kind::Root:
        return "root";
    case Route::Kind::Unlinked:
        return "uri";
    case Route::Kind::Object:
    case Route::Kind::File:
    case Route::Kind::FileRoot:
        return "object";
    case Route::Kind::Operation:
        return "operations";
    case Route::Kind::Statistics:
    case Route::Kind::Status:
        return "status";
    case Route::Kind::Health:
        return "healthz";
    case Route::Kind::Metrics:
        return "metrics";
    case Route::Kind::Holders:
        return "holders";
    case Route::Kind::Helper:
    case Route::Kind::Storage:
    case Route::Kind::Incident:
    case Route::Kind::Private:
    case Route::Kind::Static:
    case Route::Kind::Unknown:
        break;
    }
    return "other";
}

void writeTransfers(node::OpenMetrics& out, const Counters& counters)
{
    out.counter("tarn_gateway_uploaded_files", "Immutable files stored.", counters.filesUploaded);
    out.counter("tarn_gateway_uploaded_bytes", "Their bytes.", counters.bytesUploaded);
    out.counter("tarn_gateway_downloaded_files", "Reads of immutable files.",
                counters.filesDownloaded);
    out.counter("tarn_gateway_downloaded_bytes", "Their bytes.", counters.bytesDownloaded);
    out.counter("tarn_gateway_published_files", "Versions of mutable files and directories stored.",
                counters.filesPublished);
    out.counter("tarn_gateway_published_bytes", "Their bytes.", counters.bytesPublished);
    out.counter("tarn_gateway_retrieved_files", "Reads of mutable files and directories.",
                counters.filesRetrieved);
    out.counter("tarn_gateway_retrieved_bytes", "Their bytes.", counters.bytesRetrieved);
}

/// Bytes of plaintext.
constexpr std::uint64_t kMovedBetweenTrims = std::uint64_t{32} << 20U;

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
      m_started(clock.now()), m_operations(clock), m_logStreams(clock)
{
}

namespace {

/// However the handler ends, also when the client leaves in the middle of an answer.
class CountsAnswer
{
public:
    CountsAnswer(const WatchedExchange& watched, node::CountedRequest& counted)
        : m_watched(watched), m_counted(counted)
    {
    }
    ~CountsAnswer() { m_counted.code = m_watched.status(); }
    CountsAnswer(const CountsAnswer&) = delete;
    CountsAnswer& operator=(const CountsAnswer&) = delete;

private:
    const WatchedExchange& m_watched;
    node::CountedRequest& m_counted;
};

} // namespace

asio::awaitable<Result<void>> WebApi::serve(net::ServerExchange& exchange)
{
    const TimePoint begin = m_clock.now();
    WatchedExchange watched(exchange);
    const Result<Route> route = parseRoute(net::pathOf(exchange.head().target));
    const auto kind = route ? route->kind : Route::Kind::Unknown;
    node::CountedRequest counted(m_requests, endpointOf(kind));
    const CountsAnswer counting(watched, counted);
    Call call(watched, m_files, m_operations, m_cpu);
    const Result<void> served = co_await answer(call);
    // An upgraded connection lasts as long as somebody looks; that says nothing of this gateway.
    if (!watched.upgraded()) m_latencies[counted.endpoint].add(m_clock.now() - begin);
    giveMemoryBack();
    co_return served;
}

/// What large transfers leave behind is in pieces that the next one, of another kind, cannot use:
/// its own would come on top.
void WebApi::giveMemoryBack()
{
    const Counters& counters = m_files.history().counters;
    const std::uint64_t moved = counters.bytesUploaded + counters.bytesDownloaded +
                                counters.bytesPublished + counters.bytesRetrieved;
    if (moved - m_givenBackAt < kMovedBetweenTrims) return;
    m_givenBackAt = moved;
    ::malloc_trim(0);
}

asio::awaitable<Result<void>> WebApi::answer(Call& call)
{
    co_await m_files.refresh();
    net::ServerExchange& exchange = call.exchange;
    call.apiToken = m_access.apiToken.view();
    call.clock = &m_clock;
    call.statics = m_access.statics.get();
    call.logStreams = &m_logStreams;
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
    case Route::Kind::Helper:
        co_return co_await serveRoot(call);
    case Route::Kind::Metrics:
        co_return co_await serveMetrics(call);
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
    case Route::Kind::Static:
        co_return co_await serveStatic(call);
    case Route::Kind::FileRoot:
        co_return Error(ErrorCode::NotFound, "/file must be followed by a file-cap and a name");
    case Route::Kind::Unknown:
        break;
    }
    co_return Error(ErrorCode::NotFound, "there is nothing here; try / or /uri");
}

asio::awaitable<Result<void>> WebApi::serveMetrics(Call& call)
{
    if (!call.operation().empty()) co_return Error(ErrorCode::InvalidInput, "/metrics knows no t=");
    node::OpenMetrics out;
    const std::optional<OwnDisk> own = co_await m_files.ownDisk();
    writeHealth(out, healthOf(m_files.servers(), m_files.encoding(), own));
    m_requests.writeTo(out, "tarn_gateway_requests");
    out.family("tarn_gateway_request_seconds", "histogram",
               "From the head of a request to the end of its answer.");
    for (const auto& [endpoint, latency] : m_latencies)
        out.histogram("tarn_gateway_request_seconds", "endpoint", endpoint,
                      node::LatencyCounts::kBounds, latency.counts, latency.sum);
    writeTransfers(out, call.counters);
    if (m_access.metrics) m_access.metrics(out);
    Reply reply = plainReply(std::move(out).finish());
    reply.contentType = node::kOpenMetricsType;
    co_return co_await send(call.exchange, std::move(reply));
}

} // namespace tarn::gateway::web
