// account_service: what the operator asks of a running server, as JSON over HTTP on
// STATE/admin.sock (account_command.h is the other end). Engine thread.
//
//   GET  /admin/v1/accounts               {"accounts": [ACCOUNT, ...]}, without credentials
//   POST /admin/v1/accounts               {"name", "key"?, "limit"?}
//   GET  /admin/v1/accounts/NAME          ACCOUNT with its NURLs
//   POST /admin/v1/accounts/NAME/limit    {"limit": bytes or null}
//   POST /admin/v1/accounts/NAME/allow    {"read"?, "write"?, "keep"?: true}; /deny the same
//   POST /admin/v1/accounts/NAME/rotate   /revoke
//
// Each answers with the ACCOUNT as it is then, or with {"error": why} and 400, 404 or 409.
#pragma once

#include "core/net/http_server.h"
#include "storage-server/account_book.h"
#include "storage-server/account_request.h"

#include <nlohmann/json_fwd.hpp>

#include <functional>

namespace tarn::storage {

/// Of the state directory; mode 0600.
inline constexpr std::string_view kOperatorSocket = "admin.sock";

class AccountService final : public net::HttpHandler
{
public:
    using NurlsFor = std::function<std::vector<std::string>(const Account& account)>;

    /// All outlive the service.
    AccountService(AccountBook& book, const AccountUsage& usage, NurlsFor nurls)
        : m_book(book), m_usage(usage), m_nurls(std::move(nurls))
    {
    }

    asio::awaitable<Result<void>> serve(net::ServerExchange& exchange) override;

private:
    asio::awaitable<Result<std::string>> answer(AccountRequest request);
    asio::awaitable<Result<void>> perform(AccountRequest request);
    nlohmann::json describe(const Account& account, bool withCredential) const;
    Result<std::string> describe(std::string_view name) const;

    AccountBook& m_book;
    const AccountUsage& m_usage;
    NurlsFor m_nurls;
};

} // namespace tarn::storage
