#include "client-gateway/check/holders.h"

#include "client-gateway/async/parallel.h"
#include "core/base/executor.h"

namespace tarn::gateway {

namespace {

using Shares = std::set<ShareNumber>;

asio::awaitable<Result<Shares>> inquire(Clock& clock, Duration deadline,
                                        storage_api::ShareKind kind, StorageIndex index,
                                        ServerPtr server)
{
    auto listing = server->store().listShares(kind, index);
    co_return co_await withDeadline<Shares>(clock, deadline, "the share query", std::move(listing));
}

} // namespace

asio::awaitable<Result<Holders>> findHolders(Clock& clock, Duration deadline,
                                             storage_api::ShareKind kind, StorageIndex index,
                                             std::vector<ServerPtr> servers)
{
    std::vector<asio::awaitable<Result<Shares>>> inquiries;
    for (const ServerPtr& server : servers)
        inquiries.push_back(inquire(clock, deadline, kind, index, server));
    const std::vector<Result<Shares>> answers = co_await allOf(std::move(inquiries));
    Holders out;
    for (std::size_t i = 0; i < servers.size(); ++i) {
        if (!answers[i])
            out.silent.emplace(servers[i]->id, answers[i].error().text());
        else if (!answers[i]->empty())
            out.shares.emplace(servers[i]->id, *answers[i]);
    }
    co_return out;
}

} // namespace tarn::gateway
