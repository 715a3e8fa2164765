// store_view: the store as one account uses it: who may do what now, and what is charged to it.
// Internal to DiskStore. Engine thread.
#pragma once

#include "storage-server/store_core.h"

#include <boost/asio/this_coro.hpp>

namespace tarn::storage {

/// Runs `work` to its end: a cancellation that comes meanwhile is felt by the caller afterwards.
template <class T>
asio::awaitable<T> whole(asio::awaitable<T> work)
{
    const bool before = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    T result = co_await std::move(work);
    co_await asio::this_coro::throw_if_cancelled(before);
    co_return result;
}

class DiskStore::View final : public AccountStore
{
public:
    /// `core` outlives it.
    View(Core& core, AccountId account) : m_core(core), m_account(account) {}

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
    std::optional<std::size_t> readShareAtOnce(storage_api::ShareKind kind, StorageIndex index,
                                               ShareNumber share, storage_api::ByteRange range,
                                               MutableByteView into) override;
    asio::awaitable<Result<void>> adviseCorrupt(storage_api::ShareKind kind, StorageIndex index,
                                                ShareNumber share, std::string reason) override;
    asio::awaitable<Result<void>> addLease(StorageIndex index,
                                           storage_api::LeaseSecrets leases) override;
    asio::awaitable<Result<storage_api::ReadTestWriteAnswer>>
    readTestWrite(StorageIndex index, storage_api::LeaseSecrets leases, ByteView writeEnabler,
                  const storage_api::ReadTestWrite& request) override;
    asio::awaitable<Result<std::unique_ptr<StagedData>>> stage(StorageIndex index,
                                                               std::uint64_t bytes) override;
    asio::awaitable<Result<std::shared_ptr<const void>>> admit(StorageIndex index,
                                                               std::uint64_t bytes) override;

private:
    using WriteGate = Core::WriteGate;

    Core& m_core;
    AccountId m_account;
};

} // namespace tarn::storage
