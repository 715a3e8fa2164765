// store_core: DiskStore without its interface: who may do what now, and the operations that need
// no flow of their own. Engine thread.
#pragma once

#include "core/base/signal.h"
#include "storage-server/audit_outcome.h"
#include "storage-server/lease_care.h"
#include "storage-server/slot_flow.h"
#include "storage-server/store_parts.h"
#include "storage-server/upload_flow.h"

#include <atomic>

namespace tarn::storage {

class DiskStore::Core
{
public:
    Core(StoreConfig config, FileLayer& layer, Ledger* ledger, WorkPool& pool, Clock& clock,
         Random& random)
        : parts(std::move(config), layer, ledger, pool, clock, random), uploads(parts), slots(parts)
    {
    }

    /// Lets a writing operation in, or not; while it holds the gate no check of the disk runs.
    class WriteGate
    {
    public:
        explicit WriteGate(AsyncLock& writers) : m_writers(&writers) {}
        WriteGate(WriteGate&& other) noexcept : m_writers(std::exchange(other.m_writers, nullptr))
        {
        }
        WriteGate& operator=(WriteGate&&) = delete;
        ~WriteGate()
        {
            if (m_writers != nullptr) m_writers->release(LockMode::Shared);
        }

    private:
        AsyncLock* m_writers;
    };
    asio::awaitable<Result<WriteGate>> enterWrite();
    asio::awaitable<Result<void>> enterRead();

    Result<void> openBlocking();
    /// Counts at most so many files; the rest is counted in the background.
    Result<void> countFirstBlocking(std::uint64_t mostFiles);
    /// Counts on. \return when to be called again; none: all is counted.
    asio::awaitable<std::optional<Duration>> countNext();
    asio::awaitable<Result<void>> run();
    /// A look at the disk every 30 s; each has to end within its time.
    asio::awaitable<Result<void>> watch();
    asio::awaitable<void> shutdown();

    asio::awaitable<Result<std::uint64_t>> availableSpace();
    /// The same for somebody who does not wait for a slow disk: as it was last, then.
    asio::awaitable<std::uint64_t> availableSpaceSoon();
    /// As version() tells `account`.
    asio::awaitable<Result<storage_api::ServerVersion>> version(AccountId account);
    asio::awaitable<Result<std::set<ShareNumber>>> listShares(storage_api::ShareKind kind,
                                                              StorageIndex index);
    std::optional<std::size_t> readShareAtOnce(storage_api::ShareKind kind, StorageIndex index,
                                               ShareNumber share, storage_api::ByteRange range,
                                               MutableByteView into);
    asio::awaitable<Result<std::size_t>> readShare(storage_api::ShareKind kind, StorageIndex index,
                                                   ShareNumber share, storage_api::ByteRange range,
                                                   MutableByteView into);
    asio::awaitable<Result<void>> adviseCorrupt(storage_api::ShareKind kind, StorageIndex index,
                                                ShareNumber share, std::string reason);
    asio::awaitable<Result<void>> addLease(StorageIndex index, storage_api::LeaseSecrets leases,
                                           AccountId account);
    asio::awaitable<Result<std::vector<Advisory>>> advisories(std::size_t limit);
    asio::awaitable<Result<std::vector<StorageIndex>>> bucketsOf(unsigned prefix);
    asio::awaitable<Result<std::vector<ShareHolding>>> holdings(unsigned prefix);
    asio::awaitable<Result<LeaseFindings>> careForLeases(StorageIndex index,
                                                         const LeaseRules& rules);
    asio::awaitable<Result<AuditOutcome>> auditShare(StorageIndex index, ShareNumber share,
                                                     AuditPacer& pacer);
    /// Whether a complete share is there.
    asio::awaitable<Result<bool>> exists(StorageIndex index, ShareNumber share);

    StoreParts parts;
    UploadFlow uploads;
    SlotFlow slots;

    /// Looks at the disk now, or waits for the look that is under way; no longer than a look may
    /// take, after which the disk is one that does not answer. There is never a second look.
    asio::awaitable<void> lookNow();
    /// Whether the disk answers, as soon as that changes.
    std::function<void(bool)> onAnswering;

private:
    struct Look;

    asio::awaitable<void> check();
    asio::awaitable<Result<void>> look(std::shared_ptr<Look> present);
    asio::awaitable<void> lookOnce();
    /// \param pacer  null: at once.  \return the errors of ShareAudit: what is wrong.
    asio::awaitable<Result<void>> auditOnce(std::string path, ShareNumber share, AuditPacer* pacer);
    bool countOneBlocking(unsigned prefix, std::uint64_t& files);

    bool m_checking = false;
    std::shared_ptr<Look> m_look;       ///< under way
    std::shared_ptr<Signal> m_lookSoon; ///< of watch(): does not wait for the next one's time
    std::shared_ptr<Signal> m_toWork;   ///< of run(): the state of the disk has changed
    std::shared_ptr<std::atomic<bool>> m_askingSpace = std::make_shared<std::atomic<bool>>(false);
    std::uint64_t m_lastFree = 0; ///< bytes of the disk, when last asked
    unsigned m_nextPrefix = 0;
};

} // namespace tarn::storage
