#include "storage-server/account_service.h"

#include "core/wire/node_id.h"

#include <nlohmann/json.hpp>

namespace tarn::storage {

namespace {

using nlohmann::json;

constexpr std::string_view kAccounts = "/admin/v1/accounts";
constexpr std::size_t kMostBody = 64 * 1024;

unsigned statusOf(ErrorCode code)
{
    switch (code) {
    case ErrorCode::InvalidInput:
        return 400;
    case ErrorCode::NotFound:
        return 404;
    case ErrorCode::Conflict:
        return 409;
    case ErrorCode::Unsupported:
        return 405;
    default:
        return 500;
    }
}

std::string textOf(const json& value)
{
    return value.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

Error bad(std::string why)
{
    return Error(ErrorCode::InvalidInput, std::move(why));
}

Result<json> parseObject(ByteView body)
{
    if (body.empty()) return json::object();
    json out = json::parse(asText(body), nullptr, false);
    if (!out.is_object()) return bad("expected a JSON object");
    return out;
}

/// \return nothing: the key is absent or null.
Result<std::optional<std::string>> optionalText(const json& object, const char* key)
{
    const auto found = object.find(key);
    if (found == object.end() || found->is_null()) return std::optional<std::string>();
    if (!found->is_string()) return bad(std::string(key) + ": expected a text");
    return std::optional(found->get<std::string>());
}

Result<std::optional<std::uint64_t>> optionalBytes(const json& object, const char* key)
{
    const auto found = object.find(key);
    if (found == object.end() || found->is_null()) return std::optional<std::uint64_t>();
    if (!found->is_number_unsigned()) return bad(std::string(key) + ": expected bytes or null");
    return std::optional(found->get<std::uint64_t>());
}

Result<AccountBook::Switches> switchesOf(const json& object)
{
    AccountBook::Switches out;
    for (const auto& [key, value] : object.items()) {
        if (value != true) return bad(key + ": expected true");
        if (key == "read") {
            out.read = true;
        } else if (key == "write") {
            out.write = true;
        } else if (key == "keep") {
            out.keep = true;
        } else {
            return bad("unknown switch " + key + "; there are read, write and keep");
        }
    }
    if (!out.read && !out.write && !out.keep) return bad("no switch is named");
    return out;
}

} // namespace

struct AccountService::Request
{
    bool post = false;
    std::string name;   ///< of an account, or empty
    std::string action; ///< behind the name, or empty
    json body;
};

json AccountService::describe(const Account& account, bool withCredential) const
{
    const AccountUsage::Figures figures = m_usage.figures(account.id);
    json out;
    out["name"] = account.name;
    out["key"] = account.key ? json(wire::nodeIdOf(*account.key)) : json();
    out["limit_bytes"] = account.quota ? json(*account.quota) : json();
    out["used_bytes"] = figures.used;
    out["incoming_bytes"] = figures.pledged;
    out["shares"] = figures.shares;
    out["may_read"] = account.mayRead;
    out["may_write"] = account.mayWrite;
    out["keep_shares"] = account.keepShares;
    out["let_go"] = account.letGo ? json(*account.letGo) : json();
    out["revoked"] = account.revoked;
    out["open"] = !account.revoked && (account.id != kAnonymous || m_book.anonymous());
    out["created"] = account.created;
    if (withCredential) out["nurls"] = m_nurls(account);
    return out;
}

Result<std::string> AccountService::describe(std::string_view name) const
{
    const Account* const account = m_book.find(name);
    if (account == nullptr)
        return Error(ErrorCode::NotFound, "there is no account " + std::string(name));
    return textOf(describe(*account, true));
}

asio::awaitable<Result<void>> AccountService::add(const json& asked, std::string& name)
{
    TARN_CO_TRY(std::optional<std::string> wanted, optionalText(asked, "name"));
    TARN_CO_TRY(const std::optional<std::string> keyText, optionalText(asked, "key"));
    TARN_CO_TRY(const std::optional<std::uint64_t> limit, optionalBytes(asked, "limit"));
    std::optional<crypto::Ed25519PublicKey> key;
    if (keyText) {
        TARN_CO_TRY(key, wire::parseNodeId(*keyText));
    }
    name = wanted.value_or(std::string());
    co_return co_await m_book.add(name, key, limit);
}

asio::awaitable<Result<void>> AccountService::change(const Request& request)
{
    if (request.action == "limit") {
        TARN_CO_TRY(const std::optional<std::uint64_t> limit, optionalBytes(request.body, "limit"));
        co_return co_await m_book.limit(request.name, limit);
    }
    if (request.action == "rotate") co_return co_await m_book.rotate(request.name);
    if (request.action == "revoke") co_return co_await m_book.revoke(request.name);
    if (request.action != "allow" && request.action != "deny")
        co_return Error(ErrorCode::NotFound, "no such request");
    TARN_CO_TRY(const AccountBook::Switches which, switchesOf(request.body));
    co_return co_await m_book.turn(request.name, which, request.action == "allow");
}

asio::awaitable<Result<std::string>> AccountService::answer(Request request)
{
    if (request.name.empty() && !request.post) {
        json out;
        out["accounts"] = json::array();
        for (const Account* account : m_book.all())
            out["accounts"].push_back(describe(*account, false));
        co_return textOf(out);
    }
    if (request.name.empty()) {
        TARN_CO_TRY_VOID(co_await add(request.body, request.name));
    } else if (request.post) {
        TARN_CO_TRY_VOID(co_await change(request));
    } else if (!request.action.empty()) {
        co_return Error(ErrorCode::Unsupported, "use POST");
    }
    co_return describe(request.name);
}

asio::awaitable<Result<void>> AccountService::serve(net::ServerExchange& exchange)
{
    Request request;
    request.post = exchange.head().method == "POST";
    const std::string_view path = net::pathOf(exchange.head().target);
    Result<std::string> text = Error(ErrorCode::NotFound, "no such resource");
    if (path == kAccounts || path.starts_with(std::string(kAccounts) + "/")) {
        std::string_view rest = path.substr(std::min(path.size(), kAccounts.size() + 1));
        const std::size_t slash = rest.find('/');
        if (slash != std::string_view::npos) {
            request.action = std::string(rest.substr(slash + 1));
            rest = rest.substr(0, slash);
        }
        request.name = std::string(rest);
        TARN_CO_TRY(const Bytes body, co_await exchange.readAll(kMostBody));
        Result<json> object = parseObject(body);
        if (object) {
            request.body = *std::move(object);
            text = co_await answer(std::move(request));
        } else {
            text = object.error();
        }
    }
    unsigned status = 200;
    if (!text) {
        status = statusOf(text.error().code());
        json out;
        out["error"] = text.error().message();
        text = textOf(out);
    }
    net::HttpHeaders headers;
    headers.add("Content-Type", "application/json");
    headers.add("Cache-Control", "no-store");
    co_return co_await exchange.respondText(status, std::move(headers), *std::move(text));
}

} // namespace tarn::storage
