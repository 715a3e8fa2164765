// upkeep_service: what the operator asks of a running server about leases, the scrub and a drain,
// as JSON over HTTP on STATE/admin.sock; what concerns accounts goes on to AccountService. Engine
// thread.
//
//   GET  /admin/v1/leases        {"rounds", "leased_indexes", "missing_indexes", "withheld"}
//   POST /admin/v1/leases/forget-missing   those will not come back
//   GET  /admin/v1/scrub         how far it is, what it found
//   POST /admin/v1/scrub/start   a round begins now, unless one is under way
//   GET  /admin/v1/drain         {"draining", "since", "withdrawn", "introducers",
//                                "introducers_told"}
//   POST /admin/v1/drain/on      /off, /withdraw (409 unless it is on)
//   GET  /admin/v1/drain/shares  {"server": ID}, then all shares, one JSON object per line:
//                                {"storage_index", "share", "kind", "bytes", "accounts": [NAME,
//                                ...]}, then {"end": true, "shares": how many}
#pragma once

#include "core/net/http_server.h"
#include "core/node/announcer.h"
#include "storage-server/account_book.h"
#include "storage-server/draining.h"
#include "storage-server/lease_keeper.h"
#include "storage-server/scrubber.h"

#include <nlohmann/json_fwd.hpp>

#include <functional>

namespace tarn::storage {

/// What `GET /admin/v1/scrub` answers; without `findings` for those who only look at health.
nlohmann::json scrubJson(const Scrubber& scrubber, bool withFindings);

class UpkeepService final : public net::HttpHandler
{
public:
    struct Parts
    {
        net::HttpHandler& accounts;
        const AccountBook& book;
        DiskStore& store;
        Scrubber& scrubber;
        Draining& draining;
        LeaseKeeper& leases;
        std::string serverId; ///< "v0-..."
        /// Absent: there are none.
        std::function<node::ToldIntroducers()> told = {};
    };
    /// All outlive the service.
    explicit UpkeepService(Parts parts) : m_parts(std::move(parts)) {}

    asio::awaitable<Result<void>> serve(net::ServerExchange& exchange) override;

private:
    asio::awaitable<Result<nlohmann::json>> answer(const net::RequestHead& head);
    asio::awaitable<Result<void>> sendShares(net::ServerExchange& exchange);
    std::string lineOf(const ShareHolding& share) const;
    nlohmann::json drainJson() const;
    nlohmann::json leasesJson() const;

    Parts m_parts;
};

} // namespace tarn::storage
