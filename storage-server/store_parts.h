// store_parts: what the parts of DiskStore share. Engine thread, but for what is marked as a leaf.
#pragma once

#include "core/base/executor.h"
#include "core/base/random.h"
#include "storage-server/async_lock.h"
#include "storage-server/bucket_directories.h"
#include "storage-server/committer.h"
#include "storage-server/disk_store.h"
#include "storage-server/lease_plan.h"
#include "storage-server/ledger.h"
#include "storage-server/open_shares.h"
#include "storage-server/redo_journal.h"
#include "storage-server/space_account.h"
#include "storage-server/staged_file.h"
#include "storage-server/store_health.h"
#include "storage-server/uploads.h"

#include <set>

namespace tarn::storage {

/// What a blocking job found out besides its result.
struct JobReport
{
    bool syncFailed = false; ///< the disk cannot be trusted
    bool undone = true;      ///< a failed change left nothing behind
    bool rootGone = false;   ///< the directory is not where it was
};

struct StoreParts
{
    StoreParts(StoreConfig configuration, FileLayer& files, Ledger* accounts, WorkPool& diskPool,
               Clock& time, Random& chance);

    StoreConfig config;
    FileLayer& layer; ///< leaf
    Ledger* ledger;   ///< leaf; null: nobody is charged
    WorkPool& pool;
    Clock& clock;
    Random& random;
    SpaceAccount space;            ///< leaf
    BucketDirectories directories; ///< leaf
    RedoJournal redo;              ///< leaf
    HealthKeeper health;
    UploadTable uploads;
    StagedFiles staged;
    OpenShares openShares;
    IndexLocks locks;
    Committer committer;
    AsyncLock writers;                  ///< shared by every operation that writes
    std::set<StorageIndex> quarantined; ///< half changed, until the next check undoes it
    File lockFile;
    bool closed = false;

    /// A sync failed, or a write by anything but a full disk, or a change is half done: no more
    /// writes until a check.
    void distrust(const Error& why);
    /// Draws the conclusions from how a writing job on `index` ended.
    template <class T>
    Result<T> settled(const StorageIndex& index, const JobReport& report, Result<T> result)
    {
        if (!report.undone) quarantined.insert(index);
        if (!result) conclude(report, result.error());
        return result;
    }
    void conclude(const JobReport& report, const Error& why);
    /// IoFailure while `index` is half changed.
    Result<void> admitIndex(const StorageIndex& index) const;
    LeaseGrant grant(AccountId account, const storage_api::LeaseSecrets& secrets,
                     std::uint32_t owner) const;
    /// Never the same twice, across restarts too.
    std::string uniqueName();
};

/// Tells the ledger how a change ended. One that is half done stays open there until the next
/// check.
void endInLedger(Ledger& ledger, LedgerChange& change, bool done, const JobReport& report);
/// IoFailure, and report.rootGone set, when the storage directory is not where it was.
Result<void> checkRoot(FileLayer& layer, JobReport& report);
/// Opens the directory: lock, sub-folders, recovery, an empty incoming/. Also after it came back.
/// \param mustBeOurs  refuse a directory without our lock file in it.
Result<void> openDirectoryBlocking(StoreParts& parts, bool mustBeOurs);
/// Writes, syncs, reads back and removes a file; then syncs all.
Result<void> probeBlocking(FileLayer& layer);
/// The same without the rest, for a disk of which nobody complained.
/// \return IoFailure.  A full disk is as well as any.
Result<void> lookBlocking(FileLayer& layer, JobReport& report);

} // namespace tarn::storage
