// upload_flow: immutable shares from allocation to their place on disk. Engine thread; callers
// have been admitted to write.
#pragma once

#include "storage-server/store_parts.h"

namespace tarn::storage {

class UploadFlow
{
public:
    explicit UploadFlow(StoreParts& parts) : m_parts(parts) {}

    /// As ShareStore::allocate, charged to `account`. No file is made yet.
    asio::awaitable<Result<storage_api::AllocateAnswer>>
    allocate(StorageIndex index, std::set<ShareNumber> shares, std::uint64_t allocatedSize,
             storage_api::LeaseSecrets leases, ByteView uploadSecret, AccountId account);
    /// As ShareStore::writeShare.
    asio::awaitable<Result<storage_api::WriteAnswer>> write(StorageIndex index, ShareNumber share,
                                                            ByteView uploadSecret,
                                                            std::uint64_t offset, ByteView data);
    /// As ShareStore::abortShare, but NotFound where the share is complete.
    asio::awaitable<Result<void>> abort(StorageIndex index, ShareNumber share,
                                        ByteView uploadSecret);
    /// Ends uploads that nobody has written to for too long.
    asio::awaitable<void> expire();
    /// Ends all of them.
    asio::awaitable<void> abortAll();

private:
    /// Who asks for shares, and with what.
    struct Client
    {
        AccountId account;
        storage_api::LeaseSecrets leases;
        ByteView uploadSecret;
    };
    struct Existing
    {
        std::set<ShareNumber> shares;
        std::uint64_t freeSpace = 0;
    };
    asio::awaitable<Result<Existing>> renewExisting(StorageIndex index, const Client& client);
    std::shared_ptr<Upload> start(const StorageIndex& index, ShareNumber share,
                                  std::uint64_t allocatedSize, const Client& client,
                                  std::uint64_t freeSpace);
    bool reserve(Upload& upload, std::uint64_t freeSpace);
    std::shared_ptr<LedgerChange> charge(Upload& upload);
    Result<std::shared_ptr<Upload>> find(const StorageIndex& index, ShareNumber share,
                                         ByteView uploadSecret) const;
    asio::awaitable<Result<storage_api::WriteAnswer>> receive(std::shared_ptr<Upload> upload,
                                                              std::uint64_t offset, ByteView data);
    asio::awaitable<Result<void>> commit(std::shared_ptr<Upload> upload);
    asio::awaitable<void> drop(std::shared_ptr<Upload> upload);

    StoreParts& m_parts;
    std::size_t m_openFiles = 0;
};

} // namespace tarn::storage
