#include "tests/client-gateway/web/web_fixture.h"

#include "client-gateway/web/static_files.h"
#include "core/net/http_server.h"
#include "core/net/plain_channel.h"

#include <boost/asio/co_spawn.hpp>

namespace tarn::test {

std::string WebAnswer::header(std::string_view name) const
{
    const std::string* value = headers.find(name);
    return value ? *value : std::string();
}

namespace {

gateway::web::WebAccess access(std::string statics, WorkPool& disk)
{
    gateway::web::WebAccess out;
    out.listenHost = "127.0.0.1";
    out.apiToken = Secret(std::string_view("token"));
    if (!statics.empty())
        out.statics = std::make_shared<const gateway::web::StaticFiles>(std::move(statics), disk);
    return out;
}

} // namespace

WebFixture::WebFixture(std::string statics)
    : m_cpu(m_clock, [this] { return cpuTime; }),
      m_api(files, m_cpu, m_clock, access(std::move(statics), *m_disk))
{
    m_server = std::make_unique<net::HttpServer>(m_engine.get_executor(), m_api, m_clock,
                                                 net::HttpServerLimits{});
}

WebFixture::~WebFixture()
{
    m_server.reset();
    run(m_api.stop());
    m_engine.restart();
    m_engine.poll();
}

std::unique_ptr<net::HttpClientConnection> WebFixture::connect()
{
    Result<std::pair<net::Stream, net::Stream>> pair =
        net::makeStreamPair(m_engine.get_executor(), "test");
    TARN_ASSERT(pair.has_value());
    m_server->serve(std::make_unique<net::PlainChannel>(std::move(pair->second), m_clock));
    return std::make_unique<net::HttpClientConnection>(
        std::make_unique<net::PlainChannel>(std::move(pair->first), m_clock), m_clock);
}

void WebFixture::run(asio::awaitable<void> work)
{
    bool done = false;
    asio::co_spawn(m_engine, std::move(work), [&](std::exception_ptr) { done = true; });
    m_clock.runUntil(m_engine, std::chrono::minutes(10), [&] { return done; });
}

asio::awaitable<void> WebFixture::exchange(WebRequest request, WebAnswer& answer)
{
    const std::unique_ptr<net::HttpClientConnection> client = connect();
    net::RequestHead head;
    head.method = request.method;
    head.target = request.target;
    head.headers = request.headers;
    if (!head.headers.find("Host")) head.headers.set("Host", "127.0.0.1:3456");
    std::optional<std::uint64_t> length;
    if (!request.chunked) length = request.body.size();
    const Result<void> begun = co_await client->beginRequest(head, length);
    if (!begun) co_return;
    const Result<void> written = co_await client->writeBody(asBytes(request.body));
    if (!written) co_return;
    const Result<net::ResponseHead> got = co_await client->finishRequest();
    if (!got) co_return;
    answer.status = got->status;
    answer.headers = got->headers;
    Bytes buffer(1000);
    for (;;) {
        const Result<std::size_t> count = co_await client->readBody(buffer);
        answer.cut = !count;
        if (!count || *count == 0) break;
        answer.body += asText(ByteView(buffer).first(*count));
    }
}

asio::awaitable<void> WebFixture::leave(std::string target, net::HttpHeaders headers,
                                        unsigned& status)
{
    const std::unique_ptr<net::HttpClientConnection> client = connect();
    net::RequestHead head;
    head.method = "GET";
    head.target = std::move(target);
    head.headers = std::move(headers);
    head.headers.set("Host", "localhost");
    const std::span<const ByteView> noBody;
    const Result<net::ResponseHead> got = co_await client->request(head, noBody);
    status = got ? got->status : 0;
    client->channel().close();
}

void WebFixture::wait(Duration time)
{
    const TimePoint end = m_clock.now() + time;
    m_clock.runUntil(m_engine, time, [&] { return m_clock.now() >= end; });
}

WebAnswer WebFixture::ask(WebRequest request)
{
    WebAnswer answer;
    run(exchange(std::move(request), answer));
    return answer;
}

WebAnswer WebFixture::get(const std::string& target, net::HttpHeaders headers)
{
    return send("GET", target, {}, std::move(headers));
}

WebAnswer WebFixture::send(const std::string& method, const std::string& target, std::string body,
                           net::HttpHeaders headers)
{
    WebRequest request;
    request.method = method;
    request.target = target;
    request.body = std::move(body);
    request.headers = std::move(headers);
    return ask(std::move(request));
}

unsigned WebFixture::beginAndLeave(const std::string& target, net::HttpHeaders headers)
{
    unsigned status = 0;
    run(leave(target, std::move(headers), status));
    m_engine.restart();
    while (m_engine.poll() > 0)
        m_engine.restart();
    return status;
}

} // namespace tarn::test
