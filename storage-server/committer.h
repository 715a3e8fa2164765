// committer: makes finished files durable, many at a time. Two syncs serve a whole group: data
// first, then names. Engine thread.
#pragma once

#include "core/base/executor.h"
#include "storage-server/name_change.h"

#include <boost/asio/any_io_executor.hpp>

#include <deque>
#include <functional>
#include <memory>

namespace tarn::storage {

struct CommitPolicy
{
    /// A group of at least this many is synced by one syncfs, a smaller one file by file.
    std::size_t syncAllFrom = 12;
    std::size_t largestGroup = 256;
    /// Files above this size are synced alone, before they join a group for their names.
    std::uint64_t largestGrouped = 256 * 1024;
};

/// A file whose bytes are written and which now takes its place.
struct CommitItem
{
    std::shared_ptr<File> file; ///< open; none for NameChange::Kind::Remove
    std::uint64_t size = 0;
    NameChange change;
};

class Committer
{
public:
    /// Told of every failed sync, on the engine, before the waiting commits are.
    using SyncFailed = std::function<void(const Error& error)>;

    Committer(FileLayer& layer, BucketDirectories& directories, WorkPool& pool, CommitPolicy policy,
              SyncFailed syncFailed);

    /// \return success: data and name are on disk.  Else names are as they were and the staged
    ///         file is gone. A failed sync fails its whole group and is not tried again.
    asio::awaitable<Result<void>> commit(CommitItem item);
    /// Nothing waits and nothing runs.
    bool idle() const { return !m_running && m_waiting.empty(); }

private:
    struct Pending
    {
        CommitItem item;
        bool dataSynced = false;
        Result<void> outcome;
        bool done = false;
        std::function<void()> wake;
    };
    using Group = std::vector<std::shared_ptr<Pending>>;

    asio::awaitable<Result<void>> syncLarge(Pending& pending);
    asio::awaitable<Result<void>> runGroups();
    Group nextGroup();
    Result<void> commitGroupBlocking(const Group& group);
    Result<void> syncDataBlocking(const Group& group);
    void applyNamesBlocking(const Group& group, std::set<std::string>& toSync);
    Result<void> syncNamesBlocking(const Group& group, const std::set<std::string>& toSync);
    void failBlocking(const Group& group, const Error& error);

    FileLayer& m_layer;
    BucketDirectories& m_directories;
    WorkPool& m_pool;
    CommitPolicy m_policy;
    SyncFailed m_syncFailed;
    std::deque<std::shared_ptr<Pending>> m_waiting;
    bool m_running = false;
};

} // namespace tarn::storage
