#include "storage-server/account_command.h"

#include "core/base/quantity.h"
#include "core/net/http_message.h"
#include "storage-server/operator_client.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace tarn::storage {

namespace {

using nlohmann::json;
using Kind = AccountCommand::Kind;

constexpr std::string_view kAccounts = "/admin/v1/accounts";

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

std::string targetOf(const AccountCommand& command)
{
    std::string target(kAccounts);
    if (command.kind != Kind::List && command.kind != Kind::Add)
        target += "/" + net::percentEncode(command.name) + std::string(actionOf(command.kind));
    return target;
}

// --- the answer as text ---

std::string limitText(const json& account)
{
    const json& limit = account.at("limit_bytes");
    if (limit.is_null()) return "-";
    const std::string text = byteSizeText(limit.get<std::uint64_t>());
    return text.find(' ') == std::string::npos ? text + " B" : text; // a plain number of bytes
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
    const bool asks = command.kind == Kind::List || command.kind == Kind::Show;
    TARN_TRY(const OperatorAnswer answer,
             askOperatorBlocking(stateFolder, asks ? "GET" : "POST", targetOf(command),
                                 bodyOf(command).dump()));
    const json value = json::parse(answer.text, nullptr, false);
    if (answer.status != 200) return operatorError(answer, value);
    if (command.json) return answer.text;
    try {
        return textOf(command, value);
    } catch (const json::exception&) {
        return Error(ErrorCode::PeerMisbehaved, "the server's answer is not of this version");
    }
}

} // namespace tarn::storage
