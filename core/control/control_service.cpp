#include "core/control/control_service.h"

#include "core/base/signal.h"
#include "core/control/control_access.h"
#include "core/control/control_calls.h"
#include "core/control/control_json.h"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <nlohmann/json.hpp>

#include <set>

namespace tarn::control {

namespace {

unsigned statusOf(ErrorCode code)
{
    switch (code) {
    case ErrorCode::InvalidInput:
        return 400;
    case ErrorCode::Unauthorized:
        return 403;
    case ErrorCode::NotFound:
        return 404;
    case ErrorCode::Conflict:
    case ErrorCode::Exists:
        return 409;
    case ErrorCode::TooLarge:
        return 413;
    case ErrorCode::PeerUnreachable:
    case ErrorCode::Timeout:
    case ErrorCode::NoSpace:
        return 503;
    default:
        return 500;
    }
}

net::HttpHeaders headersOf(std::string_view type)
{
    net::HttpHeaders headers;
    headers.add("Content-Type", std::string(type));
    headers.add("Cache-Control", "no-store");
    headers.add("X-Content-Type-Options", "nosniff");
    return headers;
}

asio::awaitable<Result<void>> refuse(net::ServerExchange& exchange, unsigned status,
                                     std::string why)
{
    net::HttpHeaders headers = headersOf("application/json");
    if (status == 401) headers.add("WWW-Authenticate", "Bearer");
    std::string body = printed(nlohmann::json{{"error", std::move(why)}});
    co_return co_await exchange.respondText(status, std::move(headers), std::move(body));
}

asio::awaitable<Result<void>> refuseMethod(net::ServerExchange& exchange, std::string allowed)
{
    net::HttpHeaders headers = headersOf("application/json");
    headers.add("Allow", allowed);
    std::string body = printed(nlohmann::json{{"error", "use " + allowed}});
    co_return co_await exchange.respondText(405, std::move(headers), std::move(body));
}

std::string eventText(std::string_view name, const std::string& data)
{
    return "event: " + std::string(name) + "\ndata: " + data + "\n\n";
}

} // namespace

/// One client that listens.
struct ControlService::Stream
{
    explicit Stream(const asio::any_io_executor& engine) : changed(engine) {}

    Signal changed;
    std::set<Topic> pending;
    Subscription subscription; // last: it refers to the others
};

ControlService::ControlService(NodeControl& node, net::HttpHandler& others, Secret token,
                               asio::any_io_executor engine, Clock& clock)
    : m_node(node), m_others(others), m_token(std::move(token)), m_engine(std::move(engine)),
      m_clock(clock)
{
}

ControlService::~ControlService() = default;

asio::awaitable<Result<void>> ControlService::serve(net::ServerExchange& exchange)
{
    const std::string_view path = net::pathOf(exchange.head().target);
    if (!path.starts_with(kControlPrefix)) co_return co_await m_others.serve(exchange);
    if (const std::optional<Refusal> refusal = refusalOf(exchange.head(), m_token)) {
        co_return co_await refuse(exchange, refusal->status, refusal->why);
    }
    const Result<void> done = co_await dispatch(exchange);
    if (done || exchange.answered() || done.error().code() == ErrorCode::Cancelled) co_return done;
    net::HttpHeaders headers = headersOf("application/json");
    std::string body = printed(jsonOf(done.error()));
    co_return co_await exchange.respondText(statusOf(done.error().code()), std::move(headers),
                                            std::move(body));
}

asio::awaitable<Result<void>> ControlService::dispatch(net::ServerExchange& exchange)
{
    const std::string_view path = net::pathOf(exchange.head().target);
    const std::string& method = exchange.head().method;
    const std::string_view methods = path == kEventsPath ? "GET" : methodsAt(path);
    if (methods.empty()) co_return co_await refuse(exchange, 404, "there is nothing here");
    const bool allowed = method == "GET" || method == "POST";
    if (!allowed || methods.find(method) == std::string_view::npos) {
        co_return co_await refuseMethod(exchange, std::string(methods));
    }
    if (path == kEventsPath) co_return co_await events(exchange);
    co_return co_await call(exchange);
}

asio::awaitable<Result<void>> ControlService::call(net::ServerExchange& exchange)
{
    ControlCall asked;
    asked.method = exchange.head().method;
    asked.path = net::pathOf(exchange.head().target);
    const Result<Bytes> body = co_await exchange.readAll(kMostCallBytes);
    if (!body && body.error().code() == ErrorCode::InvalidInput) {
        co_return co_await refuse(exchange, 413, "more than 64 KiB of JSON");
    }
    if (!body) co_return body.error();
    asked.body = asText(*body);
    TARN_CO_TRY(const nlohmann::json answer, co_await answerCall(m_node, std::move(asked)));
    net::HttpHeaders headers = headersOf("application/json");
    std::string text = printed(answer);
    co_return co_await exchange.respondText(200, std::move(headers), std::move(text));
}

asio::awaitable<Result<void>> ControlService::events(net::ServerExchange& exchange)
{
    if (m_ended || m_streams.size() >= kMostStreams) {
        co_return co_await refuse(exchange, 503, "too many clients listen to events");
    }
    const auto place = m_streams.emplace(m_streams.end(), m_engine);
    struct Leave
    {
        std::list<Stream>& streams;
        std::list<Stream>::iterator place;
        ~Leave() { streams.erase(place); }
    };
    const Leave leave{m_streams, place};
    Stream& stream = *place;
    stream.subscription = m_node.watch([&stream](Topic topic) {
        stream.pending.insert(topic);
        stream.changed.notifyAll();
    });
    net::HttpHeaders headers = headersOf("text/event-stream");
    TARN_CO_TRY_VOID(co_await exchange.beginResponse(200, std::move(headers), std::nullopt));
    const std::string hello = eventText("hello", nlohmann::json{{"version", TARN_VERSION}}.dump());
    TARN_CO_TRY_VOID(co_await exchange.writeBody(asBytes(hello)));
    TARN_CO_TRY_VOID(co_await tellChanges(exchange, stream));
    co_return co_await exchange.finishResponse();
}

/// What changes while it writes or rests is told next; the same topic twice is once.
asio::awaitable<Result<void>> ControlService::tellChanges(net::ServerExchange& exchange,
                                                          Stream& stream)
{
    while (!m_ended) {
        std::string text;
        for (const Topic topic : std::exchange(stream.pending, {}))
            text += eventText(nameOf(topic), "{}");
        const bool told = !text.empty();
        if (!told) {
            co_await pause(stream, kStreamPulse);
            if (!stream.pending.empty() || m_ended) continue;
            text = ": nothing new\n\n";
        }
        TARN_CO_TRY_VOID(co_await exchange.writeBody(asBytes(text)));
        if (told) co_await m_clock.sleep(kStreamPause);
    }
    co_return ok();
}

asio::awaitable<void> ControlService::pause(Stream& stream, Duration longest)
{
    using namespace asio::experimental::awaitable_operators;
    asio::awaitable<void> change = stream.changed.wait();
    asio::awaitable<void> pulse = m_clock.sleep(longest);
    co_await (std::move(change) || std::move(pulse));
}

void ControlService::endStreams()
{
    m_ended = true;
    for (Stream& stream : m_streams)
        stream.changed.notifyAll();
}

} // namespace tarn::control
