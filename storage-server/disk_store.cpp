#include "storage-server/disk_store.h"

#include "storage-server/store_view.h"

namespace tarn::storage {

using namespace storage_api;

DiskStore::DiskStore(std::unique_ptr<Core> core)
    : m_core(std::move(core)), m_view(std::make_unique<View>(*m_core, kAnonymous))
{
}
DiskStore::~DiskStore() = default;

Result<std::unique_ptr<DiskStore>> DiskStore::openBlocking(StoreConfig config, FileLayer& layer,
                                                           WorkPool& pool, Clock& clock,
                                                           Random& random, Ledger* ledger)
{
    auto core = std::make_unique<Core>(std::move(config), layer, ledger, pool, clock, random);
    Result<void> opened = core->openBlocking();
    if (!opened) return std::move(opened).error().within("open the storage directory");
    return std::unique_ptr<DiskStore>(new DiskStore(std::move(core)));
}

std::unique_ptr<AccountStore> DiskStore::forAccount(AccountId account)
{
    return std::make_unique<View>(*m_core, account);
}

asio::awaitable<Result<void>> DiskStore::run()
{
    co_return co_await whole(m_core->run());
}

asio::awaitable<Result<void>> DiskStore::watch()
{
    co_return co_await whole(m_core->watch());
}

void DiskStore::onAnswering(std::function<void(bool answers)> tell)
{
    m_core->onAnswering = std::move(tell);
}

asio::awaitable<void> DiskStore::shutdown()
{
    const bool before = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await m_core->shutdown();
    co_await asio::this_coro::throw_if_cancelled(before);
}

void DiskStore::reconfigure(const StoreConfig& config)
{
    StoreParts& parts = m_core->parts;
    TARN_ASSUME(config.directory == parts.config.directory && config.tubId == parts.config.tubId);
    parts.config = config;
    parts.uploads.setTimeout(config.uploadTimeout);
    parts.space.setLimits({config.reservedSpace, config.maximumSpace, config.readonly});
}

asio::awaitable<Result<std::vector<StorageIndex>>> DiskStore::bucketsOf(unsigned prefix)
{
    TARN_CO_TRY_VOID(co_await whole(m_core->enterRead()));
    co_return co_await whole(m_core->bucketsOf(prefix));
}

asio::awaitable<Result<std::vector<ShareHolding>>> DiskStore::holdings(unsigned prefix)
{
    TARN_CO_TRY_VOID(co_await whole(m_core->enterRead()));
    co_return co_await whole(m_core->holdings(prefix));
}

asio::awaitable<Result<LeaseFindings>> DiskStore::careForLeases(StorageIndex index,
                                                                const LeaseRules& rules)
{
    TARN_CO_TRY(const Core::WriteGate gate, co_await whole(m_core->enterWrite()));
    co_return co_await whole(m_core->careForLeases(index, rules));
}

asio::awaitable<Result<AuditOutcome>> DiskStore::auditShare(StorageIndex index, ShareNumber share,
                                                            AuditPacer& pacer)
{
    TARN_CO_TRY_VOID(co_await whole(m_core->enterRead()));
    co_return co_await whole(m_core->auditShare(index, share, pacer));
}

StoreHealth DiskStore::health() const
{
    return m_core->parts.health.health();
}

asio::awaitable<StoreStatus> DiskStore::status()
{
    const std::uint64_t available = co_await whole(m_core->availableSpaceSoon());
    StoreParts& parts = m_core->parts;
    StoreStatus out;
    out.health = parts.health.health();
    out.failures = parts.health.failures();
    out.readonly = parts.space.readonly();
    out.availableSpace = available;
    out.usedSpace = parts.space.used();
    out.counting = parts.space.counting();
    out.allocatedSpace = parts.space.promised();
    out.uploadsInProgress = parts.uploads.size();
    co_return out;
}

asio::awaitable<Result<std::vector<Advisory>>> DiskStore::advisories(std::size_t limit)
{
    TARN_CO_TRY_VOID(co_await whole(m_core->enterRead()));
    co_return co_await whole(m_core->advisories(limit));
}

asio::awaitable<Result<ServerVersion>> DiskStore::version()
{
    return m_view->version();
}

asio::awaitable<Result<std::set<ShareNumber>>> DiskStore::listShares(ShareKind kind,
                                                                     StorageIndex index)
{
    return m_view->listShares(kind, index);
}

asio::awaitable<Result<AllocateAnswer>>
DiskStore::allocate(StorageIndex index, std::set<ShareNumber> shares, std::uint64_t allocatedSize,
                    LeaseSecrets leases, ByteView uploadSecret)
{
    return m_view->allocate(index, std::move(shares), allocatedSize, leases, uploadSecret);
}

asio::awaitable<Result<WriteAnswer>> DiskStore::writeShare(StorageIndex index, ShareNumber share,
                                                           ByteView uploadSecret,
                                                           std::uint64_t offset, ByteView data)
{
    return m_view->writeShare(index, share, uploadSecret, offset, data);
}

asio::awaitable<Result<void>> DiskStore::abortShare(StorageIndex index, ShareNumber share,
                                                    ByteView uploadSecret)
{
    return m_view->abortShare(index, share, uploadSecret);
}

asio::awaitable<Result<std::size_t>> DiskStore::readShare(ShareKind kind, StorageIndex index,
                                                          ShareNumber share, ByteRange range,
                                                          MutableByteView into)
{
    return m_view->readShare(kind, index, share, range, into);
}

std::optional<std::size_t> DiskStore::readShareAtOnce(ShareKind kind, StorageIndex index,
                                                      ShareNumber share, ByteRange range,
                                                      MutableByteView into)
{
    return m_core->readShareAtOnce(kind, index, share, range, into);
}

asio::awaitable<Result<void>> DiskStore::adviseCorrupt(ShareKind kind, StorageIndex index,
                                                       ShareNumber share, std::string reason)
{
    return m_view->adviseCorrupt(kind, index, share, std::move(reason));
}

asio::awaitable<Result<void>> DiskStore::addLease(StorageIndex index, LeaseSecrets leases)
{
    return m_view->addLease(index, leases);
}

asio::awaitable<Result<ReadTestWriteAnswer>> DiskStore::readTestWrite(StorageIndex index,
                                                                      LeaseSecrets leases,
                                                                      ByteView writeEnabler,
                                                                      const ReadTestWrite& request)
{
    return m_view->readTestWrite(index, leases, writeEnabler, request);
}

asio::awaitable<Result<std::unique_ptr<StagedData>>> DiskStore::stage(StorageIndex index,
                                                                      std::uint64_t bytes)
{
    return m_view->stage(index, bytes);
}

asio::awaitable<Result<std::shared_ptr<const void>>> DiskStore::admit(StorageIndex index,
                                                                      std::uint64_t bytes)
{
    return m_view->admit(index, bytes);
}

} // namespace tarn::storage
