// grant_service: gives a node the credential of the account that has its key (core/wire/grant.h),
// and hands every other request on. Engine thread.
#pragma once

#include "core/net/http_server.h"
#include "core/node/request_counts.h"
#include "storage-server/account_book.h"

namespace tarn::storage {

class GrantService final : public net::HttpHandler
{
public:
    /// All outlive the service. `others` gets what does not ask for a grant, and counts that.
    GrantService(const AccountBook& book, net::HttpHandler& others, node::RequestCounts& counts)
        : m_book(book), m_others(others), m_counts(counts)
    {
    }

    asio::awaitable<Result<void>> serve(net::ServerExchange& exchange) override;

private:
    asio::awaitable<Result<void>> grant(net::ServerExchange& exchange);

    const AccountBook& m_book;
    net::HttpHandler& m_others;
    node::RequestCounts& m_counts;
};

} // namespace tarn::storage
