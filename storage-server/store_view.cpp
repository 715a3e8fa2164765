#include "storage-server/store_view.h"

#include <boost/asio/this_coro.hpp>

namespace tarn::storage {

using namespace storage_api;

asio::awaitable<Result<ServerVersion>> DiskStore::View::version()
{
    co_return co_await whole(m_core.version(m_account));
}

asio::awaitable<Result<std::set<ShareNumber>>> DiskStore::View::listShares(ShareKind kind,
                                                                           StorageIndex index)
{
    TARN_CO_TRY_VOID(co_await whole(m_core.enterRead()));
    co_return co_await whole(m_core.listShares(kind, index));
}

asio::awaitable<Result<AllocateAnswer>>
DiskStore::View::allocate(StorageIndex index, std::set<ShareNumber> shares,
                          std::uint64_t allocatedSize, LeaseSecrets leases, ByteView uploadSecret)
{
    TARN_CO_TRY(const WriteGate gate, co_await whole(m_core.enterWrite()));
    auto work = m_core.uploads.allocate(index, std::move(shares), allocatedSize, leases,
                                        uploadSecret, m_account);
    co_return co_await whole(std::move(work));
}

asio::awaitable<Result<WriteAnswer>>
DiskStore::View::writeShare(StorageIndex index, ShareNumber share, ByteView uploadSecret,
                            std::uint64_t offset, ByteView data)
{
    TARN_CO_TRY(const WriteGate gate, co_await whole(m_core.enterWrite()));
    co_return co_await whole(m_core.uploads.write(index, share, uploadSecret, offset, data));
}

asio::awaitable<Result<void>> DiskStore::View::abortShare(StorageIndex index, ShareNumber share,
                                                          ByteView uploadSecret)
{
    TARN_CO_TRY(const WriteGate gate, co_await whole(m_core.enterWrite()));
    Result<void> aborted = co_await whole(m_core.uploads.abort(index, share, uploadSecret));
    if (aborted || aborted.error().code() != ErrorCode::NotFound) co_return aborted;
    TARN_CO_TRY(const bool complete, co_await whole(m_core.exists(index, share)));
    if (complete) co_return Error(ErrorCode::Unsupported, "the share is complete");
    co_return aborted;
}

asio::awaitable<Result<std::size_t>> DiskStore::View::readShare(ShareKind kind, StorageIndex index,
                                                                ShareNumber share, ByteRange range,
                                                                MutableByteView into)
{
    TARN_CO_TRY_VOID(co_await whole(m_core.enterRead()));
    co_return co_await whole(m_core.readShare(kind, index, share, range, into));
}

std::optional<std::size_t> DiskStore::View::readShareAtOnce(ShareKind kind, StorageIndex index,
                                                            ShareNumber share, ByteRange range,
                                                            MutableByteView into)
{
    return m_core.readShareAtOnce(kind, index, share, range, into);
}

asio::awaitable<Result<void>> DiskStore::View::adviseCorrupt(ShareKind kind, StorageIndex index,
                                                             ShareNumber share, std::string reason)
{
    TARN_CO_TRY_VOID(co_await whole(m_core.enterRead()));
    auto work = m_core.adviseCorrupt(kind, index, share, std::move(reason));
    co_return co_await whole(std::move(work));
}

asio::awaitable<Result<void>> DiskStore::View::addLease(StorageIndex index, LeaseSecrets leases)
{
    TARN_CO_TRY(const WriteGate gate, co_await whole(m_core.enterWrite()));
    auto work = m_core.addLease(index, leases, m_account);
    co_return co_await whole(std::move(work));
}

asio::awaitable<Result<ReadTestWriteAnswer>>
DiskStore::View::readTestWrite(StorageIndex index, LeaseSecrets leases, ByteView writeEnabler,
                               const ReadTestWrite& request)
{
    if (request.shares.empty()) {
        TARN_CO_TRY_VOID(co_await whole(m_core.enterRead()));
        auto reading = m_core.slots.readTestWrite(index, leases, writeEnabler, request, m_account);
        co_return co_await whole(std::move(reading));
    }
    TARN_CO_TRY(const WriteGate gate, co_await whole(m_core.enterWrite()));
    auto work = m_core.slots.readTestWrite(index, leases, writeEnabler, request, m_account);
    co_return co_await whole(std::move(work));
}

asio::awaitable<Result<std::unique_ptr<StagedData>>> DiskStore::View::stage(StorageIndex index,
                                                                            std::uint64_t bytes)
{
    TARN_CO_TRY(const WriteGate gate, co_await whole(m_core.enterWrite()));
    co_return co_await whole(m_core.slots.stage(index, bytes, m_account));
}

asio::awaitable<Result<std::shared_ptr<const void>>> DiskStore::View::admit(StorageIndex index,
                                                                            std::uint64_t bytes)
{
    TARN_CO_TRY(const WriteGate gate, co_await whole(m_core.enterWrite()));
    co_return co_await whole(m_core.slots.admit(index, bytes, m_account));
}

} // namespace tarn::storage
