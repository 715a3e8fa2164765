#include "storage-server/account_command.h"

#include "core/base/clock.h"
#include "core/base/quantity.h"
#include "core/net/http_client.h"
#include "core/net/local_listener.h"
#include "core/net/plain_channel.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace tarn::storage {

namespace {

using nlohmann::json;
using Kind = AccountCommand::Kind;

constexpr std::string_view kAccounts = "/admin/v1/accounts";
constexpr std::string_view kSocket = "admin.sock";
constexpr std::size_t kMostAnswer = 64U << 20U;

struct Answer
{
    unsigned status = 0;
    std::string text;
};

// --- the question ---

json switchesOf(const AccountCommand& command)
{
    const std::vector<std::string> all{"read", "write", "keep"};
    json out = json::object();
    for (const std::string& name : command.switches.empty() ? all : command.switches)
        out[name] = true;
    return out;
}

json bodyOf(const AccountCommand& command)
{
    json out = json::object();
    const json limit = command.limit ? json(*command.limit) : json();
    switch (command.kind) {
    case Kind::Add:
        out["name"] = command.name;
        out["limit"] = limit;
        if (command.key) out["key"] = *command.key;
        break;
    case Kind::Limit:
        out["limit"] = limit;
        break;
    case Kind::Allow:
    case Kind::Deny:
        return switchesOf(command);
    default:
        break;
    }
    return out;
}

std::string_view actionOf(Kind kind)
{
    switch (kind) {
    case Kind::Limit:
        return "/limit";
    case Kind::Allow:
        return "/allow";
    case Kind::Deny:
        return "/deny";
    case Kind::Rotate:
        return "/rotate";
    case Kind::Revoke:
        return "/revoke";
    default:
        return "";
    }
}

net::RequestHead headOf(const AccountCommand& command)
{
    net::RequestHead head;
    const bool asks = command.kind == Kind::List || command.kind == Kind::Show;
    head.method = asks ? "GET" : "POST";
    head.target = kAccounts;
    if (command.kind != Kind::List && command.kind != Kind::Add)
        head.target += "/" + net::percentEncode(command.name) + std::string(actionOf(command.kind));
    head.headers.add("Host", "localhost");
    head.headers.add("Connection", "close");
    return head;
}

// --- the way there and back ---

asio::awaitable<Result<void>> exchange(net::HttpClientConnection& connection, net::RequestHead head,
                                       std::string body, Answer& answer)
{
    const std::array<ByteView, 1> pieces{asBytes(body)};
    TARN_CO_TRY(const net::ResponseHead got, co_await connection.request(head, pieces));
    TARN_CO_TRY(const Bytes bytes, co_await connection.readAll(kMostAnswer));
    answer.status = got.status;
    answer.text = textOf(bytes);
    co_return ok();
}

/// Ends the engine: the connection's deadline would keep it running.
asio::awaitable<void> run(asio::io_context& engine, net::HttpClientConnection& connection,
                          net::RequestHead head, std::string body, Answer& answer,
                          Result<void>& outcome)
{
    outcome = co_await exchange(connection, std::move(head), std::move(body), answer);
    engine.stop();
}

Result<Answer> ask(const std::string& stateFolder, const AccountCommand& command)
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
    Answer answer;
    Result<void> outcome;
    net::HttpClientConnection connection(
        std::make_unique<net::PlainChannel>(*std::move(stream), clock), clock);
    asio::co_spawn(
        engine, run(engine, connection, headOf(command), bodyOf(command).dump(), answer, outcome),
        asio::detached);
    engine.run();
    if (!outcome) return std::move(outcome).error().within("the server");
    return answer;
}

Error errorOf(const Answer& answer, const json& value)
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

// --- the answer as text ---

std::string limitText(const json& account)
{
    const json& limit = account.at("limit_bytes");
    return limit.is_null() ? "-" : byteSizeText(limit.get<std::uint64_t>());
}

std::string stateText(const json& account)
{
    if (account.at("revoked").get<bool>()) return "revoked";
    if (!account.at("open").get<bool>()) return "off";
    std::string out;
    for (const auto& [key, word] : {std::pair("may_read", "read"), std::pair("may_write", "write"),
                                    std::pair("keep_shares", "keep")}) {
        if (account.at(key).get<bool>()) out += (out.empty() ? "" : ",") + std::string(word);
    }
    return out.empty() ? "nothing" : out;
}

using TextRow = std::array<std::string, 5>;

TextRow rowOf(const json& account)
{
    return {account.at("name").get<std::string>(),
            humanSize(account.at("used_bytes").get<std::uint64_t>()), limitText(account),
            std::to_string(account.at("shares").get<std::uint64_t>()), stateText(account)};
}

std::string tableOf(const json& accounts)
{
    std::vector<TextRow> rows{{"NAME", "USED", "LIMIT", "SHARES", "MAY"}};
    for (const json& account : accounts)
        rows.push_back(rowOf(account));
    std::array<std::size_t, 5> widths{};
    for (const TextRow& row : rows)
        for (std::size_t i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], row[i].size());
    std::string out;
    for (const TextRow& row : rows) {
        for (std::size_t i = 0; i + 1 < row.size(); ++i)
            out += row[i] + std::string(widths[i] - row[i].size() + 2, ' ');
        out += row.back() + "\n";
    }
    return out;
}

std::string nurlsOf(const json& account)
{
    std::string out;
    for (const json& nurl : account.at("nurls"))
        out += nurl.get<std::string>() + "\n";
    return out;
}

std::string accountText(const json& account)
{
    const json& key = account.at("key");
    std::string out = "name      " + account.at("name").get<std::string>() + "\n";
    if (!key.is_null()) out += "key       " + key.get<std::string>() + "\n";
    out += "may       " + stateText(account) + "\n";
    out += "used      " + std::to_string(account.at("used_bytes").get<std::uint64_t>()) +
           " bytes in " + std::to_string(account.at("shares").get<std::uint64_t>()) + " shares\n";
    out += "incoming  " + std::to_string(account.at("incoming_bytes").get<std::uint64_t>()) +
           " bytes\n";
    out += "limit     " + limitText(account) + "\n";
    for (const json& nurl : account.at("nurls"))
        out += "nurl      " + nurl.get<std::string>() + "\n";
    return out;
}

std::string textOf(const AccountCommand& command, const json& value)
{
    if (command.kind == Kind::List) return tableOf(value.at("accounts"));
    if (command.kind != Kind::Add && command.kind != Kind::Rotate) return accountText(value);
    const std::string nurls = nurlsOf(value);
    return nurls.empty() ? "done, but no address is announced: name one in [announce] locations\n"
                         : nurls;
}

} // namespace

Result<std::string> runAccountCommandBlocking(const std::string& stateFolder,
                                              const AccountCommand& command)
{
    TARN_TRY(const Answer answer, ask(stateFolder, command));
    const json value = json::parse(answer.text, nullptr, false);
    if (answer.status != 200) return errorOf(answer, value);
    if (command.json) return answer.text;
    try {
        return textOf(command, value);
    } catch (const json::exception&) {
        return Error(ErrorCode::PeerMisbehaved, "the server's answer is not of this version");
    }
}

} // namespace tarn::storage
