#include "client-gateway/upload/started_shares.h"

#include "core/base/executor.h"

namespace tarn::gateway {

namespace {

asio::awaitable<Result<void>> abortOne(ServerPtr server, StorageIndex index, ShareNumber share,
                                       Bytes uploadSecret, Clock& clock, Duration deadline,
                                       TransferLogPtr log)
{
    RequestNote note(std::move(log), RequestKind::Abort, server->id, {share});
    asio::awaitable<Result<void>> aborting = server->store().abortShare(index, share, uploadSecret);
    const Result<void> result =
        co_await withDeadline<void>(clock, deadline, "abort of a share", std::move(aborting));
    if (result)
        note.answered(0);
    else
        note.failed(result.error().text());
    // NotFound, Unauthorized, Unsupported: it never began, ended otherwise, or is complete.
    const bool lost = !result && (result.error().code() == ErrorCode::Timeout ||
                                  result.error().code() == ErrorCode::PeerUnreachable);
    if (lost) co_return result.error().within("server " + server->id);
    co_return ok();
}

} // namespace

StartedShares::~StartedShares()
{
    for (auto& [place, one] : m_started)
        spawnAbort(std::move(one));
}

void StartedShares::started(const ServerPtr& server, ShareNumber share, const Bytes& uploadSecret)
{
    m_started.insert_or_assign(Place(server->id, share), Started{server, share, uploadSecret});
}

void StartedShares::forget(const ServerPtr& server, ShareNumber share)
{
    m_started.erase(Place(server->id, share));
}

void StartedShares::abort(const ServerPtr& server, ShareNumber share)
{
    const auto found = m_started.find(Place(server->id, share));
    if (found == m_started.end()) return;
    spawnAbort(std::move(found->second));
    m_started.erase(found);
}

void StartedShares::spawnAbort(Started one) const
{
    spawnLogged(m_engine, "abort of an unfinished share",
                abortOne(std::move(one.server), m_index, one.share, std::move(one.uploadSecret),
                         m_clock, m_deadline, m_log));
}

} // namespace tarn::gateway
