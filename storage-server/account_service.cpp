#include "storage-server/account_service.h"

#include "core/wire/node_id.h"

#include <nlohmann/json.hpp>

namespace tarn::storage {

namespace {

using nlohmann::json;

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

} // namespace

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

asio::awaitable<Result<void>> AccountService::perform(AccountRequest request)
{
    using Kind = AccountRequest::Kind;
    switch (request.kind) {
    case Kind::Add:
        return m_book.add(std::move(request.name), request.key, request.limit);
    case Kind::Limit:
        return m_book.limit(std::move(request.name), request.limit);
    case Kind::Rotate:
        return m_book.rotate(std::move(request.name));
    case Kind::Revoke:
        return m_book.revoke(std::move(request.name));
    default:
        break;
    }
    const AccountBook::Switches which{request.read, request.write, request.keep};
    return m_book.turn(std::move(request.name), which, request.kind == Kind::Allow);
}

asio::awaitable<Result<std::string>> AccountService::answer(AccountRequest request)
{
    using Kind = AccountRequest::Kind;
    if (request.kind == Kind::List) {
        json out;
        out["accounts"] = json::array();
        for (const Account* account : m_book.all())
            out["accounts"].push_back(describe(*account, false));
        co_return textOf(out);
    }
    if (request.kind != Kind::Show) {
        TARN_CO_TRY_VOID(co_await perform(request));
    }
    co_return describe(request.name);
}

asio::awaitable<Result<void>> AccountService::serve(net::ServerExchange& exchange)
{
    const std::string_view path = net::pathOf(exchange.head().target);
    const Result<Bytes> body = co_await exchange.readAll(kMostBody);
    const bool tooLarge = !body && body.error().code() == ErrorCode::InvalidInput;
    if (!body && !tooLarge) co_return body.error();
    Result<std::string> text = Error(ErrorCode::InvalidInput, "a request of more than 64 KiB");
    if (body) {
        Result<AccountRequest> request = parseAccountRequest(exchange.head().method, path, *body);
        if (request) {
            text = co_await answer(*std::move(request));
        } else {
            text = request.error();
        }
    }
    unsigned status = 200;
    if (!text) {
        status = tooLarge ? 413 : statusOf(text.error().code());
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
