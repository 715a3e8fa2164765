// slot_flow: a read-test-write from request to disk: as a whole or not at all. Engine thread;
// callers have been admitted.
#pragma once

#include "storage-server/slot_plan.h"
#include "storage-server/store_parts.h"

namespace tarn::storage {

/// One share that is new, or whose container stays within this size, or of which most has come as
/// staged data, is written anew and renamed into place; anything else goes through a journal.
inline constexpr std::uint64_t kLargestRewrite = 1024 * 1024;

class SlotFlow
{
public:
    explicit SlotFlow(StoreParts& parts) : m_parts(parts) {}

    /// As ShareStore::readTestWrite, charged to `account`.
    asio::awaitable<Result<storage_api::ReadTestWriteAnswer>>
    readTestWrite(StorageIndex index, storage_api::LeaseSecrets leases, ByteView writeEnabler,
                  const storage_api::ReadTestWrite& request, AccountId account);

    /// As DataStage::stage, pledged to by `account`.
    asio::awaitable<Result<std::unique_ptr<StagedData>>>
    stage(StorageIndex index, std::uint64_t bytes, AccountId account);
    /// As DataStage::admit.
    asio::awaitable<Result<std::shared_ptr<const void>>>
    admit(StorageIndex index, std::uint64_t bytes, AccountId account);

private:
    /// What the job did, and what is left for the committer.
    struct Prepared
    {
        storage_api::ReadTestWriteAnswer answer;
        std::optional<CommitItem> item;
        Reservation space;
        std::int64_t growth = 0;
        std::optional<RedoJournal::Promise> promise; ///< all is done, but this is to be settled
    };
    /// \param staged  holds data of the request; may be null.
    Result<Prepared> prepareBlocking(const SlotRequest& request, StagedFile* staged,
                                     const std::string& uniqueName, JobReport& report);
    Result<void> reserveBlocking(std::int64_t growth, Prepared& prepared);
    Result<std::shared_ptr<LedgerChange>> chargeBlocking(const SlotRequest& request,
                                                         SlotPlan& plan);
    Result<CommitItem> stageBlocking(const FileChange& change, StagedFile* staged,
                                     const std::string& uniqueName);
    Result<void> transactBlocking(const SlotRequest& request, const SlotPlan& plan,
                                  const std::string& uniqueName, LedgerChange* charged,
                                  Prepared& prepared, JobReport& report);
    /// After the answer. Gives back what its writer held, so that nobody else changes the shares
    /// before. \param alive  expired: the store is gone, its next start settles.
    asio::awaitable<Result<void>> settle(StorageIndex index, RedoJournal::Promise promise,
                                         std::weak_ptr<const bool> alive);
    struct Room
    {
        File file;
        StagedRoom promised;
    };
    Result<Room> openRoomBlocking(StorageIndex index, std::uint64_t bytes, AccountId account,
                                  const std::string& path, JobReport& report);
    /// Bytes that `account` is charged for `index`.
    Result<std::uint64_t> chargedBlocking(StorageIndex index, AccountId account);
    /// \param held  bytes that the account is charged for already and that may be overwritten.
    Result<Pledge> pledgeFor(std::uint64_t bytes, std::uint64_t held, AccountId account);
    asio::awaitable<Result<void>> commit(StorageIndex index, CommitItem item, std::int64_t growth);

    StoreParts& m_parts;
    std::shared_ptr<const bool> m_alive = std::make_shared<const bool>(true);
};

} // namespace tarn::storage
