#include "client-gateway/cli/gateway_client.h"

#include <algorithm>

namespace tarn::gateway::cli {

namespace {

constexpr std::size_t kPieceBytes = 256 * 1024;
constexpr std::size_t kMaxAnswerBytes = 1ULL << 30U; // a directory of a million children

/// For a body of this length, where it is known: a small one needs no large buffer.
Bytes bufferFor(std::optional<std::uint64_t> length)
{
    return Bytes(std::clamp<std::uint64_t>(length.value_or(kPieceBytes), 1, kPieceBytes));
}

} // namespace

GatewayClient::GatewayClient(GatewayConnections& connections, bool wantJson)
    : m_connections(connections), m_wantJson(wantJson)
{
}

GatewayClient::~GatewayClient()
{
    m_connections.keep(std::move(m_connection));
}

asio::awaitable<Result<void>> GatewayClient::connect()
{
    m_connections.keep(std::move(m_connection));
    TARN_CO_TRY(m_connection, co_await m_connections.connect());
    co_return ok();
}

net::RequestHead GatewayClient::head(std::string method, std::string target) const
{
    net::RequestHead head;
    head.method = std::move(method);
    head.target = std::move(target);
    const GatewayAddress& gateway = m_connections.gateway();
    head.headers.set("Host", textOf(HostPort{gateway.host, gateway.place.port}));
    head.headers.set("User-Agent", "tarn/" TARN_VERSION);
    head.headers.set("Accept", m_wantJson ? "application/json" : "text/plain");
    return head;
}

asio::awaitable<Result<Answer>> GatewayClient::readAnswer(net::ResponseHead head)
{
    TARN_CO_TRY(const Bytes body, co_await m_connection->readAll(kMaxAnswerBytes));
    Answer answer;
    answer.status = head.status;
    answer.body = asText(body);
    co_return answer;
}

asio::awaitable<Result<Answer>> GatewayClient::ask(std::string method, std::string target,
                                                   std::string body)
{
    TARN_CO_TRY_VOID(co_await connect());
    const net::RequestHead request = head(std::move(method), std::move(target));
    const ByteView bytes = asBytes(body);
    const std::span<const ByteView> pieces(&bytes, 1);
    TARN_CO_TRY(net::ResponseHead answer, co_await m_connection->request(request, pieces));
    co_return co_await readAnswer(std::move(answer));
}

asio::awaitable<Result<Answer>>
GatewayClient::put(std::string target, std::optional<std::uint64_t> length, const Source& source)
{
    TARN_CO_TRY_VOID(co_await connect());
    const net::RequestHead request = head("PUT", std::move(target));
    TARN_CO_TRY_VOID(co_await m_connection->beginRequest(request, length));
    Bytes buffer = bufferFor(length);
    for (;;) {
        TARN_CO_TRY(const std::size_t count, source(buffer));
        if (count == 0) break;
        const Result<void> written =
            co_await m_connection->writeBody(ByteView(buffer).first(count));
        if (!written) break; // the gateway may have refused already: its answer says why
    }
    TARN_CO_TRY(net::ResponseHead answer, co_await m_connection->finishRequest());
    co_return co_await readAnswer(std::move(answer));
}

asio::awaitable<Result<Answer>> GatewayClient::stream(std::string method, std::string target,
                                                      const OnHead& onHead, const Sink& sink)
{
    TARN_CO_TRY_VOID(co_await connect());
    const net::RequestHead request = head(std::move(method), std::move(target));
    const std::span<const ByteView> noBody;
    TARN_CO_TRY(net::ResponseHead answer, co_await m_connection->request(request, noBody));
    if (answer.status != 200) co_return co_await readAnswer(std::move(answer));
    TARN_CO_TRY_VOID(onHead(answer));
    Bytes buffer = bufferFor(answer.contentLength);
    for (;;) {
        TARN_CO_TRY(const std::size_t count, co_await m_connection->readBody(buffer));
        if (count == 0) break;
        TARN_CO_TRY_VOID(sink(ByteView(buffer).first(count)));
    }
    Answer done;
    done.status = answer.status;
    co_return done;
}

asio::awaitable<Result<Answer>>
GatewayClient::relay(GatewayClient& from, std::string source, std::string target,
                     const std::function<void(std::size_t)>& onPiece)
{
    TARN_CO_TRY_VOID(co_await from.connect());
    const net::RequestHead get = from.head("GET", std::move(source));
    const std::span<const ByteView> noBody;
    TARN_CO_TRY(net::ResponseHead found, co_await from.m_connection->request(get, noBody));
    if (found.status != 200) co_return co_await from.readAnswer(std::move(found));
    TARN_CO_TRY_VOID(co_await connect());
    const net::RequestHead put = head("PUT", std::move(target));
    TARN_CO_TRY_VOID(co_await m_connection->beginRequest(put, found.contentLength));
    Bytes buffer = bufferFor(found.contentLength);
    for (;;) {
        TARN_CO_TRY(const std::size_t count, co_await from.m_connection->readBody(buffer));
        if (count == 0) break;
        onPiece(count);
        const Result<void> written =
            co_await m_connection->writeBody(ByteView(buffer).first(count));
        if (!written) break; // the gateway may have refused already: its answer says why
    }
    TARN_CO_TRY(net::ResponseHead answer, co_await m_connection->finishRequest());
    co_return co_await readAnswer(std::move(answer));
}

} // namespace tarn::gateway::cli
