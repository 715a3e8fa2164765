#include "storage-server/committer.h"

#include "storage-server/async_lock.h"

#include <algorithm>

namespace tarn::storage {

Committer::Committer(FileLayer& layer, BucketDirectories& directories, WorkPool& pool,
                     CommitPolicy policy, SyncFailed syncFailed)
    : m_layer(layer), m_directories(directories), m_pool(pool), m_policy(policy),
      m_syncFailed(std::move(syncFailed))
{
}

asio::awaitable<Result<void>> Committer::commit(CommitItem item)
{
    auto pending = std::make_shared<Pending>();
    pending->item = std::move(item);
    if (pending->item.file && pending->item.size > m_policy.largestGrouped)
        TARN_CO_TRY_VOID(co_await syncLarge(*pending));
    m_waiting.push_back(pending);
    if (!m_running) {
        m_running = true;
        spawnLogged(co_await asio::this_coro::executor, "commit groups", runGroups());
    }
    std::function<void(std::function<void()>)> keep = [&](std::function<void()> wake) {
        pending->wake = std::move(wake);
    };
    if (!pending->done) co_await park(std::move(keep));
    co_return pending->outcome;
}

asio::awaitable<Result<void>> Committer::syncLarge(Pending& pending)
{
    auto job = [this, &pending] {
        Result<void> synced = pending.item.file->sync();
        if (!synced) {
            pending.item.file->close();
            dropStaged(m_layer, pending.item.change);
        }
        return synced;
    };
    Result<void> synced = co_await runOn(m_pool, std::move(job));
    pending.dataSynced = true;
    if (!synced) m_syncFailed(synced.error());
    co_return synced;
}

Committer::Group Committer::nextGroup()
{
    const std::size_t count = std::min(m_waiting.size(), m_policy.largestGroup);
    const auto end = m_waiting.begin() + static_cast<std::ptrdiff_t>(count);
    Group group(m_waiting.begin(), end);
    m_waiting.erase(m_waiting.begin(), end);
    return group;
}

asio::awaitable<Result<void>> Committer::runGroups()
{
    while (!m_waiting.empty()) {
        const Group group = nextGroup();
        auto job = [this, &group] { return commitGroupBlocking(group); };
        const Result<void> synced = co_await runOn(m_pool, std::move(job));
        if (!synced) m_syncFailed(synced.error());
        for (const std::shared_ptr<Pending>& pending : group) {
            pending->done = true;
            if (pending->wake) pending->wake();
        }
    }
    m_running = false;
    co_return ok();
}

/// \return an error when a sync failed; every member's outcome is set either way.
Result<void> Committer::commitGroupBlocking(const Group& group)
{
    Result<void> synced = syncDataBlocking(group);
    if (!synced) {
        for (const std::shared_ptr<Pending>& pending : group)
            pending->outcome = synced;
        failBlocking(group, synced.error());
        return synced;
    }
    std::set<std::string> toSync;
    applyNamesBlocking(group, toSync);
    synced = syncNamesBlocking(group, toSync);
    if (!synced) {
        failBlocking(group, synced.error());
        return synced;
    }
    for (const std::shared_ptr<Pending>& pending : group) {
        if (pending->outcome) {
            finishNameChange(m_layer, m_directories, pending->item.change);
        } else {
            dropStaged(m_layer, pending->item.change);
        }
        pending->item.file.reset();
    }
    return ok();
}

Result<void> Committer::syncDataBlocking(const Group& group)
{
    Group unsynced;
    for (const std::shared_ptr<Pending>& pending : group)
        if (!pending->dataSynced && pending->item.file) unsynced.push_back(pending);
    if (unsynced.size() >= m_policy.syncAllFrom) return m_layer.syncAll();
    if (unsynced.size() > 1)
        for (const std::shared_ptr<Pending>& pending : unsynced)
            pending->item.file->startWriteback(0, 0);
    for (const std::shared_ptr<Pending>& pending : unsynced)
        TARN_TRY_VOID(pending->item.file->sync());
    return ok();
}

void Committer::applyNamesBlocking(const Group& group, std::set<std::string>& toSync)
{
    for (const std::shared_ptr<Pending>& pending : group)
        pending->outcome = applyNameChange(m_layer, m_directories, pending->item.change, toSync);
}

Result<void> Committer::syncNamesBlocking(const Group& group, const std::set<std::string>& toSync)
{
    if (group.size() >= m_policy.syncAllFrom) {
        TARN_TRY_VOID(m_layer.syncAll());
    } else {
        TARN_TRY_VOID(syncDirectories(m_layer, toSync));
    }
    m_directories.synced(toSync);
    return ok();
}

void Committer::failBlocking(const Group& group, const Error& error)
{
    m_directories.forget();
    for (auto it = group.rbegin(); it != group.rend(); ++it) {
        Pending& pending = **it;
        if (pending.outcome) {
            const Result<void> reverted =
                revertNameChange(m_layer, m_directories, pending.item.change);
            pending.outcome = error;
            if (!reverted) pending.outcome = reverted.error().within("take a change back");
        } else {
            dropStaged(m_layer, pending.item.change);
        }
        pending.item.file.reset();
    }
}

} // namespace tarn::storage
