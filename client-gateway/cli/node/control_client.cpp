#include "client-gateway/cli/node/control_client.h"

#include "client-gateway/cli/gateway_url.h"
#include "core/control/control_json.h"
#include "core/node/files.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <nlohmann/json.hpp>

namespace tarn::gateway::cli {

namespace {

constexpr std::size_t kMostAnswer = 16U << 20U;
constexpr std::size_t kMostToken = 4096;
constexpr unsigned kUnauthorized = 401;

Result<Secret> readToken(const std::string& state)
{
    TARN_TRY(const Secret whole,
             node::readPrivateFileBlocking(state + "/private/api_auth_token", kMostToken));
    std::string_view text = asText(whole.view());
    while (text.ends_with('\n'))
        text.remove_suffix(1);
    return Secret(text);
}

net::RequestHead headOf(std::string_view method, std::string_view path,
                        const GatewayAddress& address, const Secret& token)
{
    net::RequestHead head;
    head.method = method;
    head.target = path;
    head.headers.set("Host", textOf(HostPort{address.host, address.place.port}));
    head.headers.set("User-Agent", "tarn/" TARN_VERSION);
    head.headers.set("Accept", "application/json");
    head.headers.set("Authorization", "Bearer " + std::string(asText(token.view())));
    return head;
}

} // namespace

Error ControlClient::absent() const
{
    return Error(ErrorCode::PeerUnreachable,
                 "no node runs on " + m_state + "; start it: tarn node start --state " + m_state);
}

asio::awaitable<Result<ControlClient::Answer>>
ControlClient::exchange(GatewayConnections& node, net::RequestHead head, std::string_view body)
{
    TARN_CO_TRY(GatewayConnections::Connection connection, co_await node.connect());
    const ByteView bytes = asBytes(body);
    const std::span<const ByteView> pieces(&bytes, body.empty() ? 0 : 1);
    TARN_CO_TRY(const net::ResponseHead answer, co_await connection->request(head, pieces));
    TARN_CO_TRY(const Bytes text, co_await connection->readAll(kMostAnswer));
    Answer out;
    out.status = answer.status;
    out.body = asText(text);
    co_return out;
}

Result<ControlClient::Answer> ControlClient::send(std::string_view method, std::string_view path,
                                                  const std::string& body)
{
    const GatewayChoice choice{std::nullopt, m_state, true};
    const Result<GatewayAddress> address = findGateway(choice);
    if (!address && address.error().code() == ErrorCode::NotFound) return absent();
    if (!address) return address.error();
    TARN_TRY(const Secret token, readToken(m_state));
    net::RequestHead head = headOf(method, path, *address, token);
    if (!body.empty()) head.headers.set("Content-Type", "application/json");
    asio::io_context engine;
    GatewayConnections node(*address, m_clock);
    Result<Answer> out;
    asio::co_spawn(engine, exchange(node, std::move(head), body),
                   [&](std::exception_ptr failure, Result<Answer> answer) {
                       if (!failure) out = std::move(answer);
                       engine.stop(); // deadlines of the connection may still be waiting
                   });
    engine.run();
    if (!out && out.error().code() == ErrorCode::PeerUnreachable) return absent();
    return out;
}

Result<nlohmann::json> ControlClient::ask(std::string_view method, std::string_view path,
                                          const std::string& body)
{
    TARN_TRY(Answer answer, send(method, path, body));
    // The node may have been started anew between reading the token and asking.
    if (answer.status == kUnauthorized) {
        TARN_TRY(answer, send(method, path, body));
    }
    if (answer.status < 200 || answer.status > 299)
        return control::readError(answer.status, answer.body);
    return control::parseObject(answer.body);
}

} // namespace tarn::gateway::cli
