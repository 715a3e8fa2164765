#include "storage-server/operator_client.h"

#include "core/base/clock.h"
#include "core/net/http_client.h"
#include "core/net/local_listener.h"
#include "core/net/plain_channel.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <nlohmann/json.hpp>

#include <array>

namespace tarn::storage {

namespace {

using nlohmann::json;

constexpr std::string_view kSocket = "admin.sock";
constexpr std::size_t kMostAnswer = 64U << 20U;
constexpr std::size_t kPiece = 64 * 1024;

/// What is done with an answer.
class Taker
{
public:
    virtual ~Taker() = default;
    virtual asio::awaitable<Result<void>> take(net::HttpClientConnection& connection,
                                               unsigned status) = 0;
};

class WholeTaker final : public Taker
{
public:
    OperatorAnswer answer;
    asio::awaitable<Result<void>> take(net::HttpClientConnection& connection,
                                       unsigned status) override
    {
        TARN_CO_TRY(const Bytes bytes, co_await connection.readAll(kMostAnswer));
        answer.status = status;
        answer.text = textOf(bytes);
        co_return ok();
    }
};

class LineTaker final : public Taker
{
public:
    using Take = std::function<void(std::string_view line)>;
    explicit LineTaker(const Take& take) : m_take(take) {}

    asio::awaitable<Result<void>> take(net::HttpClientConnection& connection,
                                       unsigned status) override
    {
        if (status != 200) {
            TARN_CO_TRY(const Bytes bytes, co_await connection.readAll(kMostAnswer));
            OperatorAnswer refusal{status, textOf(bytes)};
            const json value = json::parse(refusal.text, nullptr, false);
            co_return operatorError(refusal, value);
        }
        Bytes buffer(kPiece);
        for (;;) {
            TARN_CO_TRY(const std::size_t got, co_await connection.readBody(buffer));
            if (got == 0) break;
            split(asText(ByteView(buffer).first(got)));
        }
        if (!m_rest.empty()) co_return Error(ErrorCode::PeerMisbehaved, "the answer was cut off");
        co_return ok();
    }

private:
    void split(std::string_view text)
    {
        for (;;) {
            const std::size_t end = text.find('\n');
            m_rest += text.substr(0, end);
            if (end == std::string_view::npos) return;
            m_take(m_rest);
            m_rest.clear();
            text.remove_prefix(end + 1);
        }
    }

    const Take& m_take;
    std::string m_rest;
};

asio::awaitable<Result<void>> exchange(net::HttpClientConnection& connection, net::RequestHead head,
                                       std::string body, Taker& taker)
{
    const std::array<ByteView, 1> pieces{asBytes(body)};
    TARN_CO_TRY(const net::ResponseHead got, co_await connection.request(head, pieces));
    co_return co_await taker.take(connection, got.status);
}

/// Ends the engine: the connection's deadline would keep it running.
asio::awaitable<void> run(asio::io_context& engine, net::HttpClientConnection& connection,
                          net::RequestHead head, std::string body, Taker& taker,
                          Result<void>& outcome)
{
    outcome = co_await exchange(connection, std::move(head), std::move(body), taker);
    engine.stop();
}

Result<void> ask(const std::string& stateFolder, net::RequestHead head, const std::string& body,
                 Taker& taker)
{
    asio::io_context engine(1);
    SystemClock clock;
    Result<net::Stream> stream =
        net::connectLocal(engine.get_executor(), stateFolder + "/" + std::string(kSocket));
    if (!stream) {
        const ErrorCode code = stream.error().code();
        if (code != ErrorCode::NotFound && code != ErrorCode::PeerUnreachable)
            return std::move(stream).error();
        return Error(ErrorCode::PeerUnreachable,
                     "no server runs on " + stateFolder + ": start it, then say this again");
    }
    head.headers.add("Host", "localhost");
    head.headers.add("Connection", "close");
    Result<void> outcome;
    net::HttpClientConnection connection(
        std::make_unique<net::PlainChannel>(*std::move(stream), clock), clock);
    asio::co_spawn(engine, run(engine, connection, std::move(head), body, taker, outcome),
                   asio::detached);
    engine.run();
    if (!outcome) return std::move(outcome).error().within("the server");
    return ok();
}

} // namespace

Result<OperatorAnswer> askOperatorBlocking(const std::string& stateFolder, std::string method,
                                           std::string target, const std::string& body)
{
    net::RequestHead head;
    head.method = std::move(method);
    head.target = std::move(target);
    WholeTaker taker;
    TARN_TRY_VOID(ask(stateFolder, std::move(head), body, taker));
    return std::move(taker.answer);
}

Result<void> streamOperatorBlocking(const std::string& stateFolder, std::string target,
                                    const std::function<void(std::string_view line)>& take)
{
    net::RequestHead head;
    head.method = "GET";
    head.target = std::move(target);
    LineTaker taker(take);
    return ask(stateFolder, std::move(head), "", taker);
}

Error operatorError(const OperatorAnswer& answer, const json& value)
{
    const std::string why =
        value.is_object() ? value.value("error", std::string("no reason given")) : answer.text;
    switch (answer.status) {
    case 400:
        return Error(ErrorCode::InvalidInput, why);
    case 404:
        return Error(ErrorCode::NotFound, why);
    case 409:
        return Error(ErrorCode::Conflict, why);
    default:
        return Error(ErrorCode::IoFailure, why);
    }
}

} // namespace tarn::storage
