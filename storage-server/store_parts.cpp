#include "storage-server/store_parts.h"

#include "storage-server/store_paths.h"
#include "storage-server/undo_journal.h"

#include <algorithm>
#include <array>

namespace tarn::storage {

StoreParts::StoreParts(StoreConfig configuration, FileLayer& files, Ledger* accounts,
                       WorkPool& diskPool, Clock& time, Random& chance)
    : config(std::move(configuration)), layer(files), ledger(accounts), pool(diskPool), clock(time),
      random(chance), directories(files), redo(files), health(time),
      uploads(time, config.uploadTimeout), openShares(files, time),
      locks([this](const StorageIndex& index) { openShares.forget(index); }),
      committer(
          files, directories, accounts, diskPool, CommitPolicy{.syncAllFrom = config.syncAllFrom},
          [this] { return health.admitWrite(); }, [this](const Error& why) { distrust(why); })
{
    space.setLimits({config.reservedSpace, config.maximumSpace, config.readonly});
}

void StoreParts::distrust(const Error& why)
{
    health.suspect(why);
    directories.forget();
}

void StoreParts::conclude(const JobReport& report, const Error& why)
{
    if (report.rootGone) {
        health.unavailable(why);
    } else if (report.syncFailed || !report.undone || why.code() == ErrorCode::IoFailure) {
        distrust(why);
    }
}

Result<void> StoreParts::admitIndex(const StorageIndex& index) const
{
    if (!quarantined.contains(index)) return ok();
    return Error(ErrorCode::IoFailure, "the shares of this index await recovery");
}

LeaseGrant StoreParts::grant(AccountId account, const storage_api::LeaseSecrets& secrets,
                             std::uint32_t owner) const
{
    const std::int64_t now = unixSeconds(clock.wallNow());
    LeaseGrant out;
    out.secrets = secrets;
    out.expiration =
        share::expirationFrom(static_cast<std::uint64_t>(std::max<std::int64_t>(now, 0)));
    out.owner = owner;
    out.server = config.tubId;
    out.account = account;
    return out;
}

std::string StoreParts::uniqueName()
{
    return toHex(random.bytes(16));
}

namespace {

/// Tahoe-LAFS refuses to start on these until they are migrated; so do we.
constexpr std::array<const char*, 3> kOldStateFiles{"lease_checker.state", "lease_checker.history",
                                                    "bucket_counter.state"};

Result<void> refuseOldState(FileLayer& layer)
{
    for (const char* name : kOldStateFiles) {
        const Result<FileInfo> info = layer.info(name);
        if (info)
            return Error(ErrorCode::Unsupported,
                         std::string("the storage directory holds ") + name +
                             " of an old Tahoe-LAFS: run `tahoe admin migrate-crawler` on it");
    }
    return ok();
}

Result<File> openLock(FileLayer& layer, bool mustExist)
{
    // For reading: a file open for writing would keep the volume from being remounted read-only.
    Result<File> file = File::open(layer, kLockFile, OpenMode::Read);
    if (file || file.error().code() != ErrorCode::NotFound) return file;
    if (mustExist)
        return Error(ErrorCode::IoFailure, "what is there now is not the storage directory");
    TARN_TRY_VOID(File::open(layer, kLockFile, OpenMode::Create));
    return File::open(layer, kLockFile, OpenMode::Read);
}

Result<File> takeLock(FileLayer& layer, bool mustExist)
{
    TARN_TRY(File file, openLock(layer, mustExist));
    Result<void> locked = file.lock();
    if (!locked && locked.error().code() != ErrorCode::Conflict) {
        // Network file systems lock only what is open for writing.
        TARN_TRY(file, File::open(layer, kLockFile, OpenMode::ReadWrite));
        locked = file.lock();
    }
    if (!locked && locked.error().code() == ErrorCode::Conflict)
        return Error(ErrorCode::Conflict, "another process serves the storage directory");
    if (!locked) return locked.error();
    return file;
}

Result<void> clearIncoming(FileLayer& layer)
{
    TARN_TRY_VOID(removeTree(layer, kIncomingDirectory));
    return layer.makeDirectory(kIncomingDirectory);
}

} // namespace

void endInLedger(Ledger& ledger, LedgerChange& change, bool done, const JobReport& report)
{
    if (done) {
        ledger.finish(change);
    } else if (report.undone) {
        ledger.cancel(change);
    }
}

Result<void> checkRoot(FileLayer& layer, JobReport& report)
{
    if (layer.rootInPlace()) return ok();
    report.rootGone = true;
    return Error(ErrorCode::IoFailure, "the storage directory is gone");
}

namespace {

/// They may lie on a disk of their own.
Result<void> sharesInPlace(FileLayer& layer)
{
    const Result<std::vector<std::string>> names = layer.list(kSharesDirectory);
    if (names) return ok();
    if (names.error().code() != ErrorCode::NotFound) return names.error();
    return Error(ErrorCode::IoFailure, "the folder of the shares is gone");
}

} // namespace

Result<void> openDirectoryBlocking(StoreParts& parts, bool mustBeOurs)
{
    FileLayer& layer = parts.layer;
    Result<void> attached = layer.attach();
    if (!attached && attached.error().code() == ErrorCode::NotFound && !mustBeOurs) {
        TARN_TRY_VOID(layer.makeRoot());
        attached = layer.attach();
    }
    TARN_TRY_VOID(attached);
    parts.lockFile.close();
    TARN_TRY(parts.lockFile, takeLock(layer, mustBeOurs));
    // A server that was killed leaves names that are not on disk yet; what is seen here must be.
    TARN_TRY_VOID(layer.syncAll());
    TARN_TRY_VOID(refuseOldState(layer));
    if (mustBeOurs) {
        TARN_TRY_VOID(sharesInPlace(layer));
    } else {
        TARN_TRY_VOID(ensureDirectory(layer, kSharesDirectory));
    }
    TARN_TRY_VOID(ensureDirectory(layer, kAdvisoriesDirectory));
    TARN_TRY_VOID(ensureDirectory(layer, kJournalDirectory));
    TARN_TRY_VOID(parts.redo.recover());
    TARN_TRY_VOID(recoverTransactions(layer, parts.directories));
    TARN_TRY_VOID(clearIncoming(layer));
    TARN_TRY_VOID(layer.syncDirectory(kSharesDirectory));
    return layer.syncDirectory("");
}

namespace {

Result<void> tryFile(FileLayer& layer)
{
    const std::string path = below(kJournalDirectory, "probe");
    static_cast<void>(layer.unlink(path));
    const Bytes written = toBytes("is this disk fit to be written?");
    Bytes read(written.size());
    {
        TARN_TRY(const File file, File::open(layer, path, OpenMode::Create));
        TARN_TRY_VOID(file.writeAt(0, written));
        TARN_TRY_VOID(file.sync());
        TARN_TRY_VOID(file.readExactlyAt(0, read));
    }
    if (!equal(written, read)) return Error(ErrorCode::IoFailure, "the disk forgets bytes");
    return layer.unlink(path);
}

} // namespace

Result<void> probeBlocking(FileLayer& layer)
{
    TARN_TRY_VOID(tryFile(layer));
    TARN_TRY_VOID(layer.syncDirectory(kJournalDirectory));
    return layer.syncAll();
}

Result<void> lookBlocking(FileLayer& layer, JobReport& report)
{
    TARN_TRY_VOID(checkRoot(layer, report));
    TARN_TRY_VOID(sharesInPlace(layer));
    const Result<void> tried = tryFile(layer);
    if (tried || tried.error().code() == ErrorCode::NoSpace) return ok();
    return Error(ErrorCode::IoFailure, tried.error().message());
}

} // namespace tarn::storage
