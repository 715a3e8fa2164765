// home_store: this node's own disk as one server of its gateway: what is kept here for good and
// what waits in the outbox. New shares go to the outbox. Engine thread.
#pragma once

#include "profiles/friendnet/outbox.h"

namespace tarn::profiles {

class HomeStore final : public storage_api::ShareStore
{
public:
    /// Both outlive it. \param own  the owner's account on this node's storage.
    HomeStore(storage_api::ShareStore& own, Outbox& outbox) : m_own(own), m_outbox(outbox) {}

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
    storage_api::ShareStore& m_own;
    Outbox& m_outbox;
};

} // namespace tarn::profiles
