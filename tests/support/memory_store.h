// memory_store: a ShareStore in memory with the semantics of spec 06, written independently of
// the one on disk: the oracle of its tests and the servers of simulated grids.
#pragma once

#include "core/storage_api/share_store.h"

namespace tarn::test {

/// One method of ShareStore after the other; see there for their contracts.
class MemoryStore final : public storage_api::ShareStore
{
public:
    /// \param capacity  bytes of share data, uploads included.
    explicit MemoryStore(Clock& clock, std::uint64_t capacity = std::uint64_t(1) << 30U)
        : m_clock(clock), m_capacity(capacity)
    {
    }

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
                                                   ShareNumber share, storage_api::ByteRange range,
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

    // What a test may see and do behind the protocol's back.

    struct Lease
    {
        storage_api::LeaseSecrets secrets;
        std::int64_t expires = 0; ///< Unix seconds
    };
    /// The bytes of a complete share, to look at or to spoil; none when it is absent.
    Bytes* shareBytes(StorageIndex index, ShareNumber share);
    std::vector<Lease> leasesOf(StorageIndex index, ShareNumber share) const;
    void removeShare(StorageIndex index, ShareNumber share);
    std::size_t shareCount() const;
    std::uint64_t usedSpace() const;
    std::size_t uploadCount() const { return m_uploads.size(); }
    void setCapacity(std::uint64_t bytes) { m_capacity = bytes; }
    /// What a crash does: shares begun and not complete are gone.
    void dropUploads() { m_uploads.clear(); }
    const std::vector<std::string>& advisories() const { return m_advisories; }

private:
    class Stream;
    struct Share
    {
        storage_api::ShareKind kind = storage_api::ShareKind::Immutable;
        Bytes data;
        Bytes writeEnabler; ///< of mutable ones
        std::vector<Lease> leases;
    };
    struct Upload
    {
        Bytes data;
        std::vector<ByteRange> missing; ///< ascending, disjoint
        Bytes secret;
        Lease lease;
        TimePoint lastWrite;
    };
    using Place = std::pair<StorageIndex, ShareNumber>;
    using Bucket = std::map<ShareNumber, Share>;

    void expireUploads();
    void addOrRenew(Share& share, const storage_api::LeaseSecrets& secrets) const;
    bool testsPass(const Bucket& bucket, const storage_api::ReadTestWrite& request) const;
    void applyWrites(StorageIndex index, const storage_api::LeaseSecrets& leases,
                     ByteView writeEnabler, const storage_api::ReadTestWrite& request);

    Clock& m_clock;
    std::uint64_t m_capacity;
    std::map<StorageIndex, Bucket> m_buckets;
    std::map<Place, Upload> m_uploads;
    std::vector<std::string> m_advisories;
};

} // namespace tarn::test
