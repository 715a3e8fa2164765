// observed_store: a ShareStore decorator that counts what its server did wrong, for people to see.
#pragma once

#include "client-gateway/server_set.h"
#include "core/storage_api/share_store.h"

#include <map>

namespace tarn::gateway {

/// Engine thread. Passes every call through. A corrupt share counts when it is reported with
/// adviseCorrupt(), whether or not the server listens.
class ObservedStore final : public storage_api::ShareStore
{
public:
    /// Both must outlive it.
    ObservedStore(storage_api::ShareStore& inner, Clock& clock) : m_inner(inner), m_clock(clock) {}

    /// Adds the counts, and the latest problem where `status` has none that is later.
    void addTo(ServerStatus& status) const;
    /// As ServerConnection. Of the last kRemembered such shares it knows that they were counted.
    void noteOldVersion(StorageIndex index, ShareNumber share, std::uint64_t sequence,
                        std::uint64_t newest);
    static constexpr std::size_t kRemembered = 1000;

    asio::awaitable<Result<storage_api::ServerVersion>> version() override;
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
    asio::awaitable<Result<std::size_t>> readShare(storage_api::ShareKind kind, StorageIndex index,
                                                   ShareNumber share, ByteRange range,
                                                   MutableByteView into) override;
    asio::awaitable<Result<void>> adviseCorrupt(storage_api::ShareKind kind, StorageIndex index,
                                                ShareNumber share, std::string reason) override;
    asio::awaitable<Result<void>> addLease(StorageIndex index,
                                           storage_api::LeaseSecrets leases) override;
    asio::awaitable<Result<storage_api::ReadTestWriteAnswer>>
    readTestWrite(StorageIndex index, storage_api::LeaseSecrets leases, ByteView writeEnabler,
                  const storage_api::ReadTestWrite& request) override;
    asio::awaitable<Result<std::unique_ptr<storage_api::ShareStream>>>
    streamShare(StorageIndex index, storage_api::LeaseSecrets leases, ByteView writeEnabler,
                storage_api::StreamedShare request) override;

private:
    class Stream;
    template <class T>
    asio::awaitable<Result<T>> watched(asio::awaitable<Result<T>> work);
    void note(const Error& why);
    void noteProblem(std::string text);

    storage_api::ShareStore& m_inner;
    Clock& m_clock;
    std::uint64_t m_corruptShares = 0;
    std::uint64_t m_badAnswers = 0;
    std::uint64_t m_oldVersions = 0;
    std::map<std::pair<StorageIndex, ShareNumber>, std::uint64_t> m_counted; ///< sequence
    std::string m_problem;
    std::optional<WallTime> m_problemAt;
};

} // namespace tarn::gateway
