// disk_store: shares on a local directory, byte for byte as Tahoe-LAFS keeps them, and durable:
// success is told only after data and names are on disk.
// Source: Tahoe-LAFS allmydata.storage (server, immutable, mutable); durability rules and the
// private files beside Tahoe's: storage-server/README.md.
// Engine thread, all files on the disk pool. An operation that has begun runs to its end:
// cancelling its caller takes effect after it.
#pragma once

#include "core/base/executor.h"
#include "core/base/random.h"
#include "core/storage_api/share_store.h"
#include "storage-server/account.h"
#include "storage-server/data_stage.h"
#include "storage-server/file_layer.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tarn::storage {

class AuditPacer;
class Ledger;
struct AuditOutcome;
struct LeaseFindings;
struct LeaseRules;

struct StoreConfig
{
    std::string directory;                     ///< Tahoe's storage_dir; made if it is missing
    std::uint64_t reservedSpace = 0;           ///< bytes of the disk left to others
    std::optional<std::uint64_t> maximumSpace; ///< bytes of all shares, uploads included
    bool readonly = false;                     ///< no new shares, no mutable writes
    TubId tubId;                               ///< goes into mutable containers and leases
    std::string applicationVersion;            ///< as version() tells it
    Duration uploadTimeout = std::chrono::minutes(30); ///< without a write, an upload is aborted
    std::size_t maximumUploads = 16384;    ///< in progress at once; more are not allocated
    std::size_t maximumOpenFiles = 256;    ///< kept open for uploads in progress
    std::size_t syncAllFrom = 4;           ///< files and directories that one syncfs serves
    std::size_t maximumAdvisories = 10000; ///< corruption advisories kept; more are dropped
};

enum class StoreState {
    Healthy,
    Suspect, ///< a write or sync failed: reads go on, writes are refused until a check passes
    /// The directory is gone or unreadable, or the disk does not answer: everything is refused
    /// until it is back.
    Unavailable,
};

struct StoreHealth
{
    StoreState state = StoreState::Healthy;
    std::string reason; ///< empty when healthy; for people, without names or secrets
};

struct StoreStatus
{
    StoreHealth health;
    std::uint64_t failures = 0; ///< how often it was not healthy any more, since the start
    bool readonly = false;
    std::uint64_t availableSpace = 0;       ///< bytes, as version() tells
    std::optional<std::uint64_t> usedSpace; ///< bytes of share files; none until first known
    bool counting = false;                  ///< the start-up count is still running
    std::uint64_t allocatedSpace = 0;       ///< bytes promised to uploads in progress
    std::size_t uploadsInProgress = 0;
};

struct Advisory
{
    std::string name; ///< of its file in corruption-advisories/
    std::string text; ///< the whole report
};

/// The shares as one account uses them: what comes is charged to it.
class AccountStore : public storage_api::ShareStore, public DataStage
{
};

/// A share file, and who holds a lease on it.
struct ShareHolding
{
    StorageIndex index;
    ShareNumber share;
    std::string_view kind; ///< "immutable", "mutable", "unknown"
    std::uint64_t fileSize = 0;
    std::set<AccountId> accounts;
};

class DiskStore final : public AccountStore
{
public:
    /// Opens (or makes) the directory, takes its lock, undoes interrupted writes, clears
    /// incoming/. Blocks; before the engine runs. `layer`, `pool`, `clock` and `random` must
    /// outlive the store; `layer` must be made for config.directory. \param ledger  outlives the
    /// store too and is looked through against the shares; null: nobody is charged.
    /// \return Conflict: another process serves it.  Unsupported: state files that Tahoe must
    ///         migrate first.  IoFailure, NotFound: as the disk says.
    static Result<std::unique_ptr<DiskStore>> openBlocking(StoreConfig config, FileLayer& layer,
                                                           WorkPool& pool, Clock& clock,
                                                           Random& random,
                                                           Ledger* ledger = nullptr);
    ~DiskStore() override;

    /// The store itself is kAnonymous's. Outlived by the store.
    std::unique_ptr<AccountStore> forAccount(AccountId account);

    /// Background work: the start-up count, expiry of idle uploads, checks of a store that is not
    /// healthy. Spawn once; ends when cancelled. The store works without it, but then idle uploads
    /// end only when something else is asked.
    asio::awaitable<Result<void>> run();
    /// A look at the disk every 30 s, beside run(). When one has not ended after 20 s, the disk
    /// does not answer: the store is unavailable until that look has ended, and another one well.
    /// Who waits for the disk already goes on waiting. Spawn once; ends when cancelled. Without it
    /// a disk that fails is noticed by whoever needs it.
    asio::awaitable<Result<void>> watch();
    /// \param tell  called when the disk stops answering, and when it answers again.
    void onAnswering(std::function<void(bool answers)> tell);
    /// Aborts all uploads and waits for what is under way; the store then refuses everything.
    asio::awaitable<void> shutdown();
    /// New limits of a re-read configuration; directory and tubId must be the same.
    void reconfigure(const StoreConfig& config);

    /// The storage indexes below one of the 1024 prefixes.
    asio::awaitable<Result<std::vector<StorageIndex>>> bucketsOf(unsigned prefix);
    /// The shares there, in the order of their storage indexes.
    asio::awaitable<Result<std::vector<ShareHolding>>> holdings(unsigned prefix);
    /// Ends the leases of an index that the rules end, and holds the ledger against its shares.
    asio::awaitable<Result<LeaseFindings>> careForLeases(StorageIndex index,
                                                         const LeaseRules& rules);

    /// Re-reads one share, at the pace of `pacer`, which outlives the call; what looks damaged is
    /// looked at again while nobody changes it.
    /// \return IoFailure: the store is not healthy.  Cancelled: the pacer says so.
    asio::awaitable<Result<AuditOutcome>> auditShare(StorageIndex index, ShareNumber share,
                                                     AuditPacer& pacer);

    /// Within 2 s, whatever the disk does.
    asio::awaitable<StoreStatus> status();
    StoreHealth health() const;
    /// The newest `limit` corruption advisories, newest first.  \return Timeout: not within 2 s.
    asio::awaitable<Result<std::vector<Advisory>>> advisories(std::size_t limit);

    asio::awaitable<Result<storage_api::ServerVersion>> version() override;
    /// Immutable: Unsupported when the index holds mutable shares.
    asio::awaitable<Result<std::set<ShareNumber>>> listShares(storage_api::ShareKind kind,
                                                              StorageIndex index) override;
    asio::awaitable<Result<storage_api::AllocateAnswer>>
    allocate(StorageIndex index, std::set<ShareNumber> shares, std::uint64_t allocatedSize,
             storage_api::LeaseSecrets leases, ByteView uploadSecret) override;
    asio::awaitable<Result<storage_api::WriteAnswer>>
    writeShare(StorageIndex index, ShareNumber share, ByteView uploadSecret, std::uint64_t offset,
               ByteView data) override;
    asio::awaitable<Result<void>> abortShare(StorageIndex index, ShareNumber share,
                                             ByteView uploadSecret) override;
    /// Unsupported: the share is of the other kind.
    asio::awaitable<Result<std::size_t>> readShare(storage_api::ShareKind kind, StorageIndex index,
                                                   ShareNumber share, storage_api::ByteRange range,
                                                   MutableByteView into) override;
    std::optional<std::size_t> readShareAtOnce(storage_api::ShareKind kind, StorageIndex index,
                                               ShareNumber share, storage_api::ByteRange range,
                                               MutableByteView into) override;
    asio::awaitable<Result<void>> adviseCorrupt(storage_api::ShareKind kind, StorageIndex index,
                                                ShareNumber share, std::string reason) override;
    asio::awaitable<Result<void>> addLease(StorageIndex index,
                                           storage_api::LeaseSecrets leases) override;
    /// NoSpace also when the store is readonly. Unsupported: the index holds immutable shares.
    asio::awaitable<Result<storage_api::ReadTestWriteAnswer>>
    readTestWrite(StorageIndex index, storage_api::LeaseSecrets leases, ByteView writeEnabler,
                  const storage_api::ReadTestWrite& request) override;

    asio::awaitable<Result<std::unique_ptr<StagedData>>> stage(StorageIndex index,
                                                               std::uint64_t bytes) override;
    asio::awaitable<Result<std::shared_ptr<const void>>> admit(StorageIndex index,
                                                               std::uint64_t bytes) override;

private:
    class Core;
    class View;
    explicit DiskStore(std::unique_ptr<Core> core);

    std::unique_ptr<Core> m_core;
    std::unique_ptr<View> m_view;
};

} // namespace tarn::storage
