// store_core: DiskStore without its interface: who may do what now, and the operations that need
// no flow of their own. Engine thread.
#pragma once

#include "storage-server/audit_outcome.h"
#include "storage-server/lease_care.h"
#include "storage-server/slot_flow.h"
#include "storage-server/store_parts.h"
#include "storage-server/upload_flow.h"

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
    asio::awaitable<void> shutdown();

    asio::awaitable<Result<std::uint64_t>> availableSpace();
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

    /// Looks at the disk now, whoever complained of it.
    asio::awaitable<void> lookNow();

private:
    asio::awaitable<void> check();
    asio::awaitable<void> lookIfDue();
    /// \param pacer  null: at once.  \return the errors of ShareAudit: what is wrong.
    asio::awaitable<Result<void>> auditOnce(std::string path, ShareNumber share, AuditPacer* pacer);
    bool countOneBlocking(unsigned prefix, std::uint64_t& files);

    bool m_checking = false;
    bool m_looking = false;
    TimePoint m_nextLook{}; ///< begins in the past: the first look is at once
    unsigned m_nextPrefix = 0;
};

} // namespace tarn::storage
