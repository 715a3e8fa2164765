#include "storage-server/slot_flow.h"

#include "storage-server/store_paths.h"

#include <boost/asio/this_coro.hpp>

namespace tarn::storage {

using storage_api::LeaseSecrets;
using storage_api::ReadTestWrite;
using storage_api::ReadTestWriteAnswer;

Result<void> SlotFlow::reserveBlocking(std::int64_t growth, Prepared& prepared)
{
    if (m_parts.space.readonly()) return Error(ErrorCode::NoSpace, "the store is read-only");
    prepared.growth = growth;
    if (growth <= 0) return ok();
    TARN_TRY(const std::uint64_t free, m_parts.layer.freeSpace());
    std::optional<Reservation> space =
        m_parts.space.reserve(static_cast<std::uint64_t>(growth), free);
    if (!space) return Error(ErrorCode::NoSpace, "no space for this write");
    prepared.space = std::move(*space);
    return ok();
}

/// \return null: nobody is charged otherwise than before.
Result<std::shared_ptr<LedgerChange>> SlotFlow::chargeBlocking(const SlotRequest& request,
                                                               SlotPlan& plan)
{
    if (m_parts.ledger == nullptr) return std::shared_ptr<LedgerChange>();
    auto change = std::make_shared<LedgerChange>();
    TARN_TRY(*change,
             m_parts.ledger->plan(request.lease.account, leaseKeyOf(request.lease.secrets.renew),
                                  request.index, plan.charges));
    change->gone = std::move(plan.gone);
    return change->empty() ? nullptr : change;
}

Result<CommitItem> SlotFlow::stageBlocking(const FileChange& change, StagedFile* staged,
                                           const std::string& uniqueName)
{
    if (staged != nullptr && staged->fits(change)) return staged->completeBlocking(change);
    if (change.size > kLargestRewrite)
        return stageFreshBlocking(m_parts.layer, change, stagedPath(uniqueName));
    CommitItem item;
    item.change.staged = stagedPath(uniqueName);
    item.change.place = change.place;
    item.size = change.size;
    item.change.kind = NameChange::Kind::Remove;
    if (change.kind == FileChange::Kind::Remove) return item;
    item.change.kind = change.kind == FileChange::Kind::Create ? NameChange::Kind::Create
                                                               : NameChange::Kind::Replace;
    TARN_TRY(const Bytes image, imageAfter(m_parts.layer, change, kLargestRewrite));
    TARN_TRY(File file, File::open(m_parts.layer, item.change.staged, OpenMode::Create));
    const Result<void> written = file.writeAt(0, image);
    if (!written) {
        file.close();
        dropStaged(m_parts.layer, item.change);
        return written.error();
    }
    item.file = std::make_shared<File>(std::move(file));
    return item;
}

Result<void> SlotFlow::transactBlocking(const SlotRequest& request, const SlotPlan& plan,
                                        const std::string& uniqueName, LedgerChange* charged,
                                        Prepared& prepared, JobReport& report)
{
    if (charged != nullptr) TARN_TRY_VOID(m_parts.ledger->begin(*charged));
    const unsigned prefix = prefixNumber(request.index);
    m_parts.space.beginChange(prefix);
    TransactionOutcome outcome;
    if (std::optional<RedoJournal::Outcome> redone =
            m_parts.redo.run(asBytes(uniqueName), plan.changes)) {
        outcome = std::move(redone->ended);
        prepared.promise = std::move(redone->promise);
    } else {
        outcome = runTransaction(m_parts.layer, m_parts.directories, uniqueName, plan.changes);
    }
    m_parts.space.endChange(prefix, outcome.result ? plan.growth : 0);
    report.syncFailed = outcome.syncFailed;
    report.undone = outcome.undone;
    if (charged != nullptr)
        endInLedger(*m_parts.ledger, *charged, outcome.result.has_value(), report);
    if (outcome.result) m_parts.directories.removeIfEmpty(bucketDirectory(request.index));
    return outcome.result;
}

Result<SlotFlow::Prepared> SlotFlow::prepareBlocking(const SlotRequest& request, StagedFile* staged,
                                                     const std::string& uniqueName,
                                                     JobReport& report)
{
    TARN_TRY_VOID(checkRoot(m_parts.layer, report));
    TARN_TRY(SlotPlan plan, planSlot(m_parts.layer, request));
    Prepared out;
    out.answer = std::move(plan.answer);
    if (plan.changes.empty()) return out;
    if (staged != nullptr) staged->releaseSpace();
    TARN_TRY_VOID(reserveBlocking(plan.growth, out));
    TARN_TRY(std::shared_ptr<LedgerChange> charged, chargeBlocking(request, plan));
    const FileChange& first = plan.changes.front();
    const bool anew = first.size <= kLargestRewrite || first.kind == FileChange::Kind::Create ||
                      (staged != nullptr && staged->fits(first));
    if (plan.changes.size() == 1 && anew) {
        TARN_TRY(out.item, stageBlocking(first, staged, uniqueName));
        out.item->ledger = std::move(charged);
        return out;
    }
    TARN_TRY_VOID(transactBlocking(request, plan, uniqueName, charged.get(), out, report));
    return out;
}

Result<Pledge> SlotFlow::pledgeFor(std::uint64_t bytes, std::uint64_t held, AccountId account)
{
    if (m_parts.ledger == nullptr) return Pledge();
    // Not all of a request ends up in a share: names, lengths, what is compared.
    const std::uint64_t free = held + bytes / 64 + 64 * 1024;
    std::optional<Pledge> pledge =
        m_parts.ledger->usage().pledge(account, bytes > free ? bytes - free : 0);
    if (!pledge) return Error(ErrorCode::NoSpace, "the limit of this account is reached");
    return *std::move(pledge);
}

Result<std::uint64_t> SlotFlow::chargedBlocking(StorageIndex index, AccountId account)
{
    if (m_parts.ledger == nullptr) return 0;
    TARN_TRY(const std::vector<LedgerRow> rows, m_parts.ledger->rowsOf(index));
    std::map<ShareNumber, std::uint64_t> held; ///< a share is charged once
    for (const LedgerRow& row : rows)
        if (row.account == account && !row.fresh) held[row.share.share] = row.charge;
    std::uint64_t sum = 0;
    for (const auto& [share, charge] : held)
        sum += charge;
    return sum;
}

namespace {

/// Bytes of all share files of `index`.
Result<std::uint64_t> storedBytes(FileLayer& layer, StorageIndex index)
{
    TARN_TRY(const std::set<ShareNumber> there, listBucket(layer, index));
    std::uint64_t sum = 0;
    for (const ShareNumber share : there) {
        const Result<File> file = File::open(layer, sharePath(index, share), OpenMode::Read);
        if (!file && file.error().code() == ErrorCode::NotFound) continue; // gone meanwhile
        if (!file) return file.error();
        TARN_TRY(const std::uint64_t size, file->size());
        sum += size;
    }
    return sum;
}

} // namespace

Result<SlotFlow::Room> SlotFlow::openRoomBlocking(StorageIndex index, std::uint64_t bytes,
                                                  AccountId account, const std::string& path,
                                                  JobReport& report)
{
    TARN_TRY_VOID(checkRoot(m_parts.layer, report));
    TARN_TRY(const std::uint64_t held, chargedBlocking(index, account));
    Room room;
    TARN_TRY(room.promised.quota, pledgeFor(bytes, held, account));
    TARN_TRY(const std::uint64_t stored, storedBytes(m_parts.layer, index));
    const std::uint64_t more = bytes > stored ? bytes - stored : 0;
    Prepared prepared;
    TARN_TRY_VOID(reserveBlocking(static_cast<std::int64_t>(more), prepared));
    room.promised.space = std::move(prepared.space);
    TARN_TRY(room.file, File::open(m_parts.layer, path, OpenMode::Create));
    return room;
}

asio::awaitable<Result<std::shared_ptr<const void>>>
SlotFlow::admit(StorageIndex index, std::uint64_t bytes, AccountId account)
{
    std::shared_ptr<const void> out;
    if (m_parts.ledger == nullptr) co_return out;
    auto job = [&, this] { return chargedBlocking(index, account); };
    TARN_CO_TRY(const std::uint64_t held, co_await runOn(m_parts.pool, std::move(job)));
    TARN_CO_TRY(Pledge pledge, pledgeFor(bytes, held, account));
    out = std::make_shared<const Pledge>(std::move(pledge));
    co_return out;
}

asio::awaitable<Result<std::unique_ptr<StagedData>>>
SlotFlow::stage(StorageIndex index, std::uint64_t bytes, AccountId account)
{
    TARN_CO_TRY_VOID(m_parts.admitIndex(index));
    const std::string path = stagedPath(m_parts.uniqueName());
    JobReport report;
    auto job = [&, this] { return openRoomBlocking(index, bytes, account, path, report); };
    Result<Room> opened = co_await runOn(m_parts.pool, std::move(job));
    opened = m_parts.settled(index, report, std::move(opened));
    if (!opened) co_return std::move(opened).error();
    std::unique_ptr<StagedData> staged = std::make_unique<StagedFile>(
        m_parts, path, std::move(opened->file), std::move(opened->promised));
    co_return staged;
}

asio::awaitable<Result<void>> SlotFlow::commit(StorageIndex index, CommitItem item,
                                               std::int64_t growth)
{
    const unsigned prefix = prefixNumber(index);
    m_parts.space.beginChange(prefix);
    auto work = m_parts.committer.commit(std::move(item));
    Result<void> committed = co_await std::move(work);
    m_parts.space.endChange(prefix, committed ? growth : 0);
    if (!committed) m_parts.conclude(JobReport(), committed.error());
    co_return committed;
}

asio::awaitable<Result<void>> SlotFlow::settle(StorageIndex index, RedoJournal::Promise promise,
                                               std::weak_ptr<const bool> alive)
{
    if (alive.expired()) co_return ok();
    JobReport report;
    auto job = [&, this] {
        TransactionOutcome outcome = m_parts.redo.settle(std::move(promise));
        report.syncFailed = outcome.syncFailed;
        report.undone = outcome.undone;
        return std::move(outcome.result);
    };
    Result<void> settled = co_await runOn(m_parts.pool, std::move(job));
    if (alive.expired()) co_return settled;
    settled = m_parts.settled(index, report, std::move(settled));
    m_parts.locks.release(index, LockMode::Shared);
    m_parts.writers.release(LockMode::Shared);
    co_return settled;
}

asio::awaitable<Result<ReadTestWriteAnswer>>
SlotFlow::readTestWrite(StorageIndex index, LeaseSecrets leases, ByteView writeEnabler,
                        const ReadTestWrite& request, AccountId account)
{
    const LockMode mode = request.shares.empty() ? LockMode::Shared : LockMode::Exclusive;
    IndexLocks::Guard guard = co_await m_parts.locks.lock(index, mode);
    TARN_CO_TRY_VOID(m_parts.admitIndex(index));
    SlotRequest slot;
    slot.index = index;
    slot.writeEnabler = writeEnabler;
    slot.lease = m_parts.grant(account, leases, share::kAddingOwner);
    slot.vectors = &request;
    StagedFile* const staged = m_parts.staged.holding(request);
    if (staged != nullptr && staged->distrusted())
        co_return Error(ErrorCode::IoFailure, "the disk failed while the data came");
    const std::string uniqueName = m_parts.uniqueName();
    JobReport report;
    auto job = [&, this] { return prepareBlocking(slot, staged, uniqueName, report); };
    Result<Prepared> prepared = co_await runOn(m_parts.pool, std::move(job));
    prepared = m_parts.settled(index, report, std::move(prepared));
    if (!prepared) co_return std::move(prepared).error();
    if (prepared->item) {
        auto work = commit(index, std::move(*prepared->item), prepared->growth);
        TARN_CO_TRY_VOID(co_await std::move(work));
    }
    if (prepared->promise) {
        guard.downgrade();
        guard.leave();
        m_parts.writers.shareAgain();
        auto settling = settle(index, std::move(*prepared->promise), m_alive);
        spawnLogged(co_await asio::this_coro::executor, "sync of changed shares",
                    std::move(settling));
    }
    co_return std::move(prepared->answer);
}

} // namespace tarn::storage
