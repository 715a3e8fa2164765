#include "profiles/friendnet/home_store.h"

namespace tarn::profiles {

using namespace storage_api;

namespace {

using Read = Result<std::size_t>;

bool isMissing(const Error& why)
{
    return why.code() == ErrorCode::NotFound;
}

} // namespace

asio::awaitable<Result<ServerVersion>> HomeStore::version()
{
    TARN_CO_TRY(ServerVersion out, co_await m_own.version());
    TARN_CO_TRY(const ServerVersion waiting, co_await m_outbox.store().version());
    out.maximumImmutableShareSize = waiting.maximumImmutableShareSize;
    co_return out;
}

asio::awaitable<Result<std::set<ShareNumber>>> HomeStore::listShares(ShareKind kind,
                                                                     StorageIndex index)
{
    TARN_CO_TRY(std::set<ShareNumber> out, co_await m_own.listShares(kind, index));
    if (kind == ShareKind::Mutable) co_return out;
    TARN_CO_TRY(std::set<ShareNumber> waiting, co_await m_outbox.store().listShares(kind, index));
    out.merge(std::move(waiting));
    co_return out;
}

asio::awaitable<Result<AllocateAnswer>>
HomeStore::allocate(StorageIndex index, std::set<ShareNumber> shares, std::uint64_t allocatedSize,
                    LeaseSecrets leases, ByteView uploadSecret)
{
    TARN_CO_TRY(const std::set<ShareNumber> own,
                co_await m_own.listShares(ShareKind::Immutable, index));
    if (!own.empty()) {
        // Shares that are here are here, with or without a fresh lease.
        const Result<void> renewed = co_await m_own.addLease(index, leases);
        static_cast<void>(renewed);
    }
    std::erase_if(shares, [&own](ShareNumber share) { return own.contains(share); });
    TARN_CO_TRY(AllocateAnswer answer,
                co_await m_outbox.store().allocate(index, std::move(shares), allocatedSize, leases,
                                                   uploadSecret));
    // One whose writer gave up just when it was complete was not told of.
    for (const ShareNumber share : answer.alreadyHave)
        TARN_CO_TRY_VOID(co_await m_outbox.take(index, share));
    answer.alreadyHave.insert(own.begin(), own.end());
    co_return answer;
}

asio::awaitable<Result<WriteAnswer>> HomeStore::writeShare(StorageIndex index, ShareNumber share,
                                                           ByteView uploadSecret,
                                                           std::uint64_t offset, ByteView data)
{
    TARN_CO_TRY(WriteAnswer answer,
                co_await m_outbox.store().writeShare(index, share, uploadSecret, offset, data));
    if (answer.required.empty()) TARN_CO_TRY_VOID(co_await m_outbox.take(index, share));
    co_return answer;
}

asio::awaitable<Result<void>> HomeStore::abortShare(StorageIndex index, ShareNumber share,
                                                    ByteView uploadSecret)
{
    return m_outbox.store().abortShare(index, share, uploadSecret);
}

asio::awaitable<Result<std::size_t>> HomeStore::readShare(ShareKind kind, StorageIndex index,
                                                          ShareNumber share, ByteRange range,
                                                          MutableByteView into)
{
    Read own = co_await m_own.readShare(kind, index, share, range, into);
    if (own || kind == ShareKind::Mutable || !isMissing(own.error())) co_return own;
    Read waiting = co_await m_outbox.store().readShare(kind, index, share, range, into);
    if (waiting || !isMissing(waiting.error())) co_return waiting;
    // It may have moved from the one to the other meanwhile.
    co_return co_await m_own.readShare(kind, index, share, range, into);
}

asio::awaitable<Result<void>> HomeStore::adviseCorrupt(ShareKind kind, StorageIndex index,
                                                       ShareNumber share, std::string reason)
{
    const Result<void> own = co_await m_own.adviseCorrupt(kind, index, share, reason);
    if (own || kind == ShareKind::Mutable || !isMissing(own.error())) co_return own;
    co_return co_await m_outbox.store().adviseCorrupt(kind, index, share, std::move(reason));
}

asio::awaitable<Result<void>> HomeStore::addLease(StorageIndex index, LeaseSecrets leases)
{
    const Result<void> waiting = co_await m_outbox.store().addLease(index, leases);
    const Result<void> own = co_await m_own.addLease(index, leases);
    if (!own && isMissing(own.error())) co_return waiting;
    co_return own;
}

asio::awaitable<Result<ReadTestWriteAnswer>> HomeStore::readTestWrite(StorageIndex index,
                                                                      LeaseSecrets leases,
                                                                      ByteView writeEnabler,
                                                                      const ReadTestWrite& request)
{
    return m_own.readTestWrite(index, leases, writeEnabler, request);
}

asio::awaitable<Result<std::unique_ptr<ShareStream>>> HomeStore::streamShare(StorageIndex index,
                                                                             LeaseSecrets leases,
                                                                             ByteView writeEnabler,
                                                                             StreamedShare request)
{
    return m_own.streamShare(index, leases, writeEnabler, std::move(request));
}

} // namespace tarn::profiles
