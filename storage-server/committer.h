// committer: makes finished files durable, many at a time, in rounds. One sync serves a whole
// round: it puts the data of the files that came last on disk, and the names of those whose data
// the round before has synced. So does one commit of the ledger, before it, or at the same time
// where the ledger is on another disk: what it says of a file is on disk before the file's name.
// Engine thread.
#pragma once

#include "core/base/executor.h"
#include "storage-server/ledger.h"
#include "storage-server/name_change.h"

#include <boost/asio/any_io_executor.hpp>

#include <deque>
#include <functional>
#include <memory>

namespace tarn::storage {

struct CommitPolicy
{
    /// A round that would sync at least this many files and directories syncs the whole file
    /// system once instead.
    std::size_t syncAllFrom = 4;
    std::size_t largestRound = 256;
    /// Files above this size are synced alone, before they join a round for their names.
    std::uint64_t largestGrouped = 256 * 1024;
};

/// A file whose bytes are written and which now takes its place.
struct CommitItem
{
    std::shared_ptr<File> file; ///< open; none for NameChange::Kind::Remove
    std::uint64_t size = 0;
    NameChange change;
    std::shared_ptr<LedgerChange> ledger; ///< what it means for the accounts; none: nothing
};

class Committer
{
public:
    /// Told of every failed sync, on the engine, before the waiting commits are.
    using SyncFailed = std::function<void(const Error& error)>;
    /// Whether the disk may be trusted with what was written so far.
    using Admit = std::function<Result<void>()>;

    /// \param ledger  told of every change in its three steps, once for each round; or null.
    Committer(FileLayer& layer, BucketDirectories& directories, Ledger* ledger, WorkPool& pool,
              CommitPolicy policy, Admit admit, SyncFailed syncFailed);

    /// \return success: data and name are on disk.  Else names are as they were and the staged
    ///         file is gone. A failed sync fails everything that waits for one, in this round or
    ///         the next, and is not tried again.
    asio::awaitable<Result<void>> commit(CommitItem item);

private:
    struct Pending
    {
        CommitItem item;
        bool dataSynced = false;
        bool named = false; ///< the change is applied
        bool done = false;
        Result<void> outcome = ok();
        std::function<void()> wake;
    };
    using Group = std::vector<std::shared_ptr<Pending>>;
    struct Round
    {
        Group fresh;  ///< their data is to be synced
        Group naming; ///< their data is, their names are not
    };

    asio::awaitable<Result<void>> syncLarge(std::shared_ptr<Pending> pending);
    asio::awaitable<Result<void>> runRounds();
    asio::awaitable<Result<void>> runRound(Round& round);
    Group takeWaiting(std::size_t most);
    std::set<std::string> nameBlocking(const Group& naming);
    Result<void> announceBlocking(const Group& fresh, LedgerSync sync);
    static Group unsyncedOf(const Round& round);
    bool syncsAll(const Round& round, const std::set<std::string>& directories) const;
    Result<void> syncBlocking(const Round& round, const std::set<std::string>& directories);
    Result<void> announceAndSyncBlocking(const Round& round, Result<void>& announced);
    void finishBlocking(const Round& round, const Result<void>& announced);
    void finishNamesBlocking(const Group& naming);
    void failBlocking(const Group& group, const Error& error);
    void takeBackBlocking(Pending& pending);
    static void end(const std::shared_ptr<Pending>& pending);

    FileLayer& m_layer;
    BucketDirectories& m_directories;
    Ledger* m_ledger;
    WorkPool& m_pool;
    CommitPolicy m_policy;
    Admit m_admit;
    SyncFailed m_syncFailed;
    std::deque<std::shared_ptr<Pending>> m_waiting;
    bool m_running = false;
};

} // namespace tarn::storage
