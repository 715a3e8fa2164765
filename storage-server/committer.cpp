#include "storage-server/committer.h"

#include "storage-server/async_lock.h"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <algorithm>
#include <iterator>

namespace tarn::storage {

Committer::Committer(FileLayer& layer, BucketDirectories& directories, Ledger* ledger,
                     WorkPool& pool, CommitPolicy policy, Admit admit, SyncFailed syncFailed)
    : m_layer(layer), m_directories(directories), m_ledger(ledger), m_pool(pool), m_policy(policy),
      m_admit(std::move(admit)), m_syncFailed(std::move(syncFailed))
{
}

asio::awaitable<Result<void>> Committer::commit(CommitItem item)
{
    auto pending = std::make_shared<Pending>();
    pending->item = std::move(item);
    if (pending->item.file && pending->item.size > m_policy.largestGrouped)
        TARN_CO_TRY_VOID(co_await syncLarge(pending));
    const Result<void> admitted = m_admit();
    if (!admitted) {
        // A sync failed since the bytes were written: nobody knows where they are.
        const Error why = admitted.error();
        auto job = [this, &pending, &why] {
            failBlocking({pending}, why);
            return true;
        };
        co_await runOn(m_pool, std::move(job));
        co_return pending->outcome;
    }
    m_waiting.push_back(pending);
    if (!m_running) {
        m_running = true;
        spawnLogged(co_await asio::this_coro::executor, "commit rounds", runRounds());
    }
    std::function<void(std::function<void()>)> keep = [&](std::function<void()> wake) {
        pending->wake = std::move(wake);
    };
    if (!pending->done) co_await park(std::move(keep));
    co_return pending->outcome;
}

asio::awaitable<Result<void>> Committer::syncLarge(std::shared_ptr<Pending> pending)
{
    auto job = [this, &pending] {
        Result<void> synced = pending->item.file->sync();
        if (!synced) failBlocking({pending}, synced.error());
        return synced;
    };
    Result<void> synced = co_await runOn(m_pool, std::move(job));
    pending->dataSynced = true;
    if (!synced) m_syncFailed(synced.error());
    co_return synced;
}

Committer::Group Committer::takeWaiting(std::size_t most)
{
    const std::size_t count = std::min(m_waiting.size(), most);
    const auto end = m_waiting.begin() + static_cast<std::ptrdiff_t>(count);
    Group group(m_waiting.begin(), end);
    m_waiting.erase(m_waiting.begin(), end);
    return group;
}

void Committer::end(const std::shared_ptr<Pending>& pending)
{
    pending->done = true;
    if (pending->wake) pending->wake();
}

asio::awaitable<Result<void>> Committer::runRounds()
{
    Group synced;
    while (!m_waiting.empty() || !synced.empty()) {
        Round round;
        round.naming = std::move(synced);
        synced.clear();
        round.fresh = takeWaiting(m_policy.largestRound);
        const Result<void> outcome = co_await runRound(round);
        if (!outcome) {
            m_syncFailed(outcome.error());
            // The sync may have been the only one to be told that their bytes are lost.
            const Group waiting = takeWaiting(m_waiting.size());
            auto failing = [this, &waiting, &outcome] {
                failBlocking(waiting, outcome.error());
                return true;
            };
            co_await runOn(m_pool, std::move(failing));
            std::for_each(waiting.begin(), waiting.end(), end);
            std::for_each(round.fresh.begin(), round.fresh.end(), end);
        } else {
            const auto failed = std::stable_partition(
                round.fresh.begin(), round.fresh.end(),
                [](const auto& pending) { return pending->outcome.has_value(); });
            std::for_each(failed, round.fresh.end(), end);
            synced.assign(round.fresh.begin(), failed);
        }
        std::for_each(round.naming.begin(), round.naming.end(), end);
    }
    m_running = false;
    co_return ok();
}

/// \return an error when a sync failed; then all members have failed.
asio::awaitable<Result<void>> Committer::runRound(Round& round)
{
    std::set<std::string> directories;
    bool together = false;
    auto naming = [&] {
        directories = nameBlocking(round.naming);
        together = m_ledger != nullptr && syncsAll(round, directories) &&
                   m_layer.syncAllCovers(m_ledger->path());
        return true;
    };
    co_await runOn(m_pool, std::move(naming));
    Result<void> announced = ok();
    Result<void> synced = ok();
    if (together) {
        auto job = [&] { return announceAndSyncBlocking(round, announced); };
        synced = co_await runOn(m_pool, std::move(job));
    } else {
        auto announcing = [&] { return announceBlocking(round.fresh, LedgerSync::Now); };
        auto syncing = [&] { return syncBlocking(round, directories); };
        asio::awaitable<Result<void>> announcement = runOn(m_pool, std::move(announcing));
        asio::awaitable<Result<void>> sync = runOn(m_pool, std::move(syncing));
        using namespace asio::experimental::awaitable_operators;
        const auto both = co_await (std::move(announcement) && std::move(sync));
        announced = std::get<0>(both);
        synced = std::get<1>(both);
    }
    auto finishing = [&] {
        if (synced) {
            m_directories.synced(directories);
            finishBlocking(round, announced);
            return true;
        }
        m_directories.forget();
        failBlocking(round.naming, synced.error());
        failBlocking(round.fresh, synced.error());
        return true;
    };
    co_await runOn(m_pool, std::move(finishing));
    co_return synced;
}

/// One sync for the ledger and the files.
Result<void> Committer::announceAndSyncBlocking(const Round& round, Result<void>& announced)
{
    announced = announceBlocking(round.fresh, LedgerSync::WithVolume);
    Result<void> synced = m_layer.syncAll();
    m_ledger->volumeSynced(synced);
    return synced;
}

/// \return the directories that must be synced.
std::set<std::string> Committer::nameBlocking(const Group& naming)
{
    std::set<std::string> directories;
    for (const std::shared_ptr<Pending>& pending : naming) {
        pending->outcome =
            applyNameChange(m_layer, m_directories, pending->item.change, directories);
        pending->named = pending->outcome.has_value();
    }
    return directories;
}

/// What the accounts must know of is on disk before any name of the next round.
Result<void> Committer::announceBlocking(const Group& fresh, LedgerSync sync)
{
    std::vector<LedgerChange*> changes;
    for (const std::shared_ptr<Pending>& pending : fresh)
        if (pending->item.ledger) changes.push_back(pending->item.ledger.get());
    if (changes.empty()) return ok();
    return m_ledger->begin(changes, sync);
}

Committer::Group Committer::unsyncedOf(const Round& round)
{
    Group unsynced;
    std::copy_if(round.fresh.begin(), round.fresh.end(), std::back_inserter(unsynced),
                 [](const auto& pending) { return pending->item.file && !pending->dataSynced; });
    return unsynced;
}

bool Committer::syncsAll(const Round& round, const std::set<std::string>& directories) const
{
    return unsyncedOf(round).size() + directories.size() >= m_policy.syncAllFrom;
}

Result<void> Committer::syncBlocking(const Round& round, const std::set<std::string>& directories)
{
    if (syncsAll(round, directories)) return m_layer.syncAll();
    for (const std::shared_ptr<Pending>& pending : unsyncedOf(round))
        TARN_TRY_VOID(pending->item.file->sync());
    return syncDirectories(m_layer, directories);
}

void Committer::finishBlocking(const Round& round, const Result<void>& announced)
{
    finishNamesBlocking(round.naming);
    if (announced) return;
    Group failing;
    std::copy_if(round.fresh.begin(), round.fresh.end(), std::back_inserter(failing),
                 [](const auto& pending) { return pending->item.ledger != nullptr; });
    failBlocking(failing, announced.error());
}

void Committer::finishNamesBlocking(const Group& naming)
{
    for (const std::shared_ptr<Pending>& pending : naming) {
        pending->item.file.reset();
        if (pending->named) {
            finishNameChange(m_layer, m_directories, pending->item.change);
            if (pending->item.ledger) m_ledger->finish(*pending->item.ledger);
        } else {
            dropStaged(m_layer, pending->item.change);
            if (pending->item.ledger) m_ledger->cancel(*pending->item.ledger);
        }
    }
}

void Committer::failBlocking(const Group& group, const Error& error)
{
    for (auto it = group.rbegin(); it != group.rend(); ++it) {
        Pending& pending = **it;
        if (pending.outcome) pending.outcome = error;
        takeBackBlocking(pending);
    }
}

void Committer::takeBackBlocking(Pending& pending)
{
    pending.item.file.reset();
    if (!pending.named) {
        dropStaged(m_layer, pending.item.change);
        if (pending.item.ledger) m_ledger->cancel(*pending.item.ledger);
        return;
    }
    const Result<void> reverted = revertNameChange(m_layer, m_directories, pending.item.change);
    if (!reverted) pending.outcome = reverted.error().within("take a change back");
    if (reverted && pending.item.ledger) m_ledger->cancel(*pending.item.ledger);
}

} // namespace tarn::storage
