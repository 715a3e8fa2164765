#include "tests/storage-server/gbs_exchange.h"

#include "tests/support/transport_pairs.h"

#include <array>

namespace tarn::test {

namespace {

asio::awaitable<Result<void>> exchangeOnce(net::HttpClientConnection& client, RawRequest request,
                                           RawAnswer& answer)
{
    const std::array<ByteView, 1> pieces{request.body};
    const std::span<const ByteView> body =
        request.body.empty() ? std::span<const ByteView>() : std::span<const ByteView>(pieces);
    TARN_CO_TRY(answer.head, co_await client.request(request.head, body));
    TARN_CO_TRY(answer.body, co_await client.readAll(64U << 20U));
    co_return ok();
}

asio::awaitable<void> runOnce(net::HttpClientConnection& client, RawRequest request,
                              RawAnswer& answer, std::optional<Result<void>>& out)
{
    out = co_await exchangeOnce(client, std::move(request), answer);
}

} // namespace

GbsExchange::GbsExchange(storage_api::ShareStore& store, FakeClock& clock,
                         storage::HttpServiceConfig config)
    : m_clock(clock), m_pool(makeInlinePool()), m_service(store, *m_pool, clock, std::move(config))
{
}

Result<RawAnswer> GbsExchange::send(RawRequest request)
{
    asio::io_context engine;
    TARN_TRY(ChannelPair pair, makePlainPair(engine.get_executor(), m_clock));
    std::optional<Result<void>> out;
    RawAnswer answer;
    {
        net::HttpClientConnection client(std::move(pair.client), m_clock);
        net::HttpServer server(engine.get_executor(), m_service, m_clock, {});
        server.serve(std::move(pair.server));
        asio::co_spawn(engine, runOnce(client, std::move(request), answer, out), asio::detached);
        m_clock.runUntil(engine, std::chrono::minutes(5), [&] { return out.has_value(); });
    }
    engine.restart();
    engine.poll();
    if (!out) return Error(ErrorCode::Timeout, "no answer");
    TARN_TRY_VOID(*std::move(out));
    return answer;
}

RawRequest rawRequest(std::string method, std::string target, std::string_view swissnum)
{
    RawRequest request;
    request.head.method = std::move(method);
    request.head.target = std::move(target);
    request.head.headers.add("Host", "127.0.0.1");
    const Secret authorization = wire::authorizationFor(asBytes(swissnum));
    request.head.headers.add(std::string(wire::kAuthorizationHeader), textOf(authorization.view()));
    return request;
}

} // namespace tarn::test
