#include "client-gateway/cli/gateway_client.h"

#include "core/net/plain_channel.h"
#include "core/net/route.h"

#include <algorithm>

namespace tarn::gateway::cli {

namespace {

constexpr std::size_t kPieceBytes = 256 * 1024;
constexpr std::size_t kMaxAnswerBytes = 1ULL << 30U; // a directory of a million children
// Tahoe-LAFS closes after a minute.
constexpr Duration kKeptFor = std::chrono::seconds(10);
// A gateway may have to send gigabytes to servers between the last byte and its answer.
constexpr net::HttpClientLimits kLimits{
    .headTimeout = std::chrono::hours(24),
    .bodyTimeout = std::chrono::minutes(15),
};

/// For a body of this length, where it is known: a small one needs no large buffer.
Bytes bufferFor(std::optional<std::uint64_t> length)
{
    return Bytes(std::clamp<std::uint64_t>(length.value_or(kPieceBytes), 1, kPieceBytes));
}

} // namespace

std::unique_ptr<net::HttpClientConnection> KeptConnections::take()
{
    while (!m_kept.empty()) {
        Kept last = std::move(m_kept.back());
        m_kept.pop_back();
        const bool isFresh = m_clock.now() - last.since < kKeptFor;
        if (isFresh && last.connection->channel().quiet()) return std::move(last.connection);
    }
    return nullptr;
}

void KeptConnections::keep(std::unique_ptr<net::HttpClientConnection> connection)
{
    if (connection && connection->reusable())
        m_kept.push_back({std::move(connection), m_clock.now()});
}

GatewayClient::GatewayClient(HostPort gateway, Clock& clock, bool wantJson, KeptConnections& kept)
    : m_gateway(std::move(gateway)), m_clock(clock), m_wantJson(wantJson), m_kept(kept)
{
}

GatewayClient::~GatewayClient()
{
    m_kept.keep(std::move(m_connection));
}

asio::awaitable<Result<void>> GatewayClient::connect()
{
    m_kept.keep(std::move(m_connection));
    m_connection = m_kept.take();
    if (m_connection) co_return ok();
    TARN_CO_TRY(const net::Endpoint endpoint, net::endpointOf(m_gateway.host, m_gateway.port));
    const net::ConnectOptions options;
    Result<net::Stream> stream = co_await net::connectTcp(endpoint, options, m_clock);
    if (!stream) {
        co_return Error(ErrorCode::PeerUnreachable,
                        "no gateway listens at http://" + textOf(m_gateway) + "/ (" +
                            stream.error().message() +
                            "): start it, or name another one with -d or --gateway");
    }
    auto channel = std::make_unique<net::PlainChannel>(*std::move(stream), m_clock);
    channel->acknowledgeAtOnce(true); // Tahoe-LAFS writes head and body apart
    m_connection =
        std::make_unique<net::HttpClientConnection>(std::move(channel), m_clock, kLimits);
    co_return ok();
}

net::RequestHead GatewayClient::head(std::string method, std::string target) const
{
    net::RequestHead head;
    head.method = std::move(method);
    head.target = std::move(target);
    head.headers.set("Host", textOf(m_gateway));
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
