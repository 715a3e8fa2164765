#include "storage-server/store_core.h"

#include "core/base/log.h"
#include "core/base/run_within.h"
#include "storage-server/advisories.h"
#include "storage-server/holdings.h"
#include "storage-server/lease_grants.h"
#include "storage-server/share_audit.h"
#include "storage-server/share_charge.h"
#include "storage-server/store_paths.h"
#include "storage-server/usage_count.h"

#include <boost/asio/this_coro.hpp>

namespace tarn::storage {

using storage_api::ByteRange;
using storage_api::LeaseSecrets;
using storage_api::ServerVersion;
using storage_api::ShareKind;

namespace {

constexpr Duration kLongestPause = std::chrono::minutes(10);
constexpr Duration kLookEvery = std::chrono::seconds(30);
constexpr Duration kBetweenLooks = std::chrono::seconds(1);
constexpr Duration kLookLimit = std::chrono::seconds(20);
/// Who asks how the server is gets an answer within this time, without what the disk has to say.
constexpr Duration kAskLimit = std::chrono::seconds(2);

Error closedError()
{
    return Error(ErrorCode::IoFailure, "the store is closed");
}

asio::awaitable<Result<void>> soon(std::shared_ptr<Signal> signal)
{
    co_await signal->wait();
    co_return ok();
}

/// As much of `into` as `range` can fill.
MutableByteView roomFor(ByteRange range, MutableByteView into)
{
    const std::uint64_t wanted = range.end > range.begin ? range.size() : 0;
    return into.first(static_cast<std::size_t>(std::min<std::uint64_t>(wanted, into.size())));
}

/// A missing file below a missing directory is no missing share.
template <class T>
Result<T> notIfRootGone(FileLayer& layer, JobReport& report, Result<T> result)
{
    if (!result && result.error().code() == ErrorCode::NotFound)
        TARN_TRY_VOID(checkRoot(layer, report));
    return result;
}

} // namespace

// --- who may enter ---

/// A look that is under way. Outlives those who wait for it.
struct DiskStore::Core::Look
{
    explicit Look(const asio::any_io_executor& executor) : changed(executor) {}

    static asio::awaitable<Result<void>> endOf(std::shared_ptr<Look> self)
    {
        while (!self->ended)
            co_await self->changed.wait();
        co_return ok();
    }

    bool ended = false;
    Signal changed;
};

/// As a writer, so that it does not meet a check: where that hangs, this hangs as well.
asio::awaitable<void> DiskStore::Core::lookOnce()
{
    co_await parts.writers.acquire(LockMode::Shared);
    const WriteGate gate(parts.writers);
    if (parts.closed || !parts.health.trusted()) co_return;
    JobReport report;
    auto job = [&, this]() -> Result<void> {
        TARN_TRY_VOID(lookBlocking(parts.layer, report));
        return parts.ledger == nullptr ? ok() : parts.ledger->state();
    };
    const Result<void> looked = co_await runOn(parts.pool, std::move(job));
    if (!looked) parts.conclude(report, looked.error());
}

/// What has hung tells how the disk was: then it is looked at once more.
asio::awaitable<Result<void>> DiskStore::Core::look(std::shared_ptr<Look> present)
{
    TimePoint begin;
    do {
        begin = parts.clock.now();
        co_await lookOnce();
    } while (!parts.closed && parts.clock.now() - begin >= kLookLimit);
    m_look.reset();
    if (!parts.health.trusted() && m_toWork) m_toWork->notifyAll();
    if (!parts.health.answers()) {
        parts.health.answered();
        if (onAnswering) onAnswering(true);
    }
    present->ended = true;
    present->changed.notifyAll();
    co_return ok();
}

asio::awaitable<void> DiskStore::Core::lookNow()
{
    const std::shared_ptr<Look> underWay = m_look;
    std::shared_ptr<Look> present = underWay;
    if (parts.closed) co_return;
    if (!present) {
        const asio::any_io_executor executor = co_await asio::this_coro::executor;
        present = std::make_shared<Look>(executor);
        m_look = present;
        spawnLogged(executor, "look at the disk", look(present));
    }
    asio::awaitable<Result<void>> ending = Look::endOf(present);
    const Result<void> inTime =
        co_await withDeadline<void>(parts.clock, kLookLimit, "a look at it", std::move(ending));
    const bool late = !inTime && inTime.error().code() == ErrorCode::Timeout;
    if (!late || present->ended || !parts.health.answers()) co_return;
    parts.health.stalled(Error(ErrorCode::Timeout, "the disk does not answer: a look at it has "
                                                   "not ended after 20 s"));
    if (onAnswering) onAnswering(false);
}

asio::awaitable<Result<void>> DiskStore::Core::watch()
{
    m_lookSoon = std::make_shared<Signal>(co_await asio::this_coro::executor);
    for (;;) {
        co_await lookNow();
        const auto state = co_await asio::this_coro::cancellation_state;
        if (state.cancelled() != asio::cancellation_type::none || parts.closed) break;
        asio::awaitable<Result<void>> asked = soon(m_lookSoon);
        const Result<void> early =
            co_await withDeadline<void>(parts.clock, kLookEvery, "a reason", std::move(asked));
        const auto still = co_await asio::this_coro::cancellation_state;
        if (still.cancelled() != asio::cancellation_type::none) break;
        if (early) co_await parts.clock.sleep(kBetweenLooks);
    }
    co_return ok();
}

asio::awaitable<void> DiskStore::Core::check()
{
    if (m_checking || parts.closed || !parts.health.checkDue()) co_return;
    m_checking = true;
    co_await parts.writers.acquire(LockMode::Exclusive);
    co_await uploads.abortAll(); // what they wrote may be lost
    parts.staged.distrustAll();
    parts.openShares.clear();
    auto job = [this]() -> Result<void> {
        TARN_TRY_VOID(openDirectoryBlocking(parts, true));
        if (parts.ledger != nullptr) {
            TARN_TRY_VOID(parts.ledger->reopen());
            TARN_TRY_VOID(settlePending(parts.layer, *parts.ledger));
        }
        return probeBlocking(parts.layer);
    };
    const Result<void> checked = co_await runOn(parts.pool, std::move(job));
    if (checked) parts.quarantined.clear();
    parts.health.checked(checked);
    m_checking = false;
    parts.writers.release(LockMode::Exclusive);
}

asio::awaitable<Result<DiskStore::Core::WriteGate>> DiskStore::Core::enterWrite()
{
    co_await check();
    TARN_CO_TRY_VOID(parts.health.admitRead()); // and waits for no one who waits for the disk
    co_await parts.writers.acquire(LockMode::Shared);
    WriteGate gate(parts.writers);
    if (parts.closed) co_return closedError();
    TARN_CO_TRY_VOID(parts.health.admitWrite());
    co_await uploads.expire();
    co_return std::move(gate);
}

asio::awaitable<Result<void>> DiskStore::Core::enterRead()
{
    if (parts.health.health().state == StoreState::Unavailable) co_await check();
    if (parts.closed) co_return closedError();
    co_return parts.health.admitRead();
}

// --- start, background, stop ---

Result<void> DiskStore::Core::openBlocking()
{
    TARN_TRY_VOID(openDirectoryBlocking(parts, false));
    TARN_TRY(const std::optional<std::uint64_t> left, takeUsage(parts.layer));
    if (left) parts.space.setEstimate(*left);
    if (parts.ledger != nullptr) TARN_TRY_VOID(settlePending(parts.layer, *parts.ledger));
    constexpr std::uint64_t kCountedAtStart = 10'000;
    return countFirstBlocking(kCountedAtStart);
}

bool DiskStore::Core::countOneBlocking(unsigned prefix, std::uint64_t& files)
{
    const std::uint64_t ticket = parts.space.beginCount(prefix);
    const Result<PrefixUsage> usage = countPrefix(parts.layer, prefix);
    if (!usage) return false;
    files += usage->files;
    return parts.space.counted(prefix, ticket, usage->bytes);
}

Result<void> DiskStore::Core::countFirstBlocking(std::uint64_t mostFiles)
{
    TARN_TRY(const std::vector<std::string> names, parts.layer.list(kSharesDirectory));
    const std::set<std::string> present(names.begin(), names.end());
    std::uint64_t files = 0;
    for (; m_nextPrefix < SpaceAccount::kPrefixes && files < mostFiles; ++m_nextPrefix) {
        if (!present.contains(prefixName(m_nextPrefix))) {
            parts.space.counted(m_nextPrefix, parts.space.beginCount(m_nextPrefix), 0);
        } else if (!countOneBlocking(m_nextPrefix, files)) {
            return Error(ErrorCode::IoFailure, "the shares cannot be counted");
        }
    }
    return ok();
}

asio::awaitable<std::optional<Duration>> DiskStore::Core::countNext()
{
    constexpr Duration kBetween = std::chrono::milliseconds(20);
    constexpr Duration kAfterFailure = std::chrono::seconds(10);
    std::uint64_t files = 0;
    while (m_nextPrefix < SpaceAccount::kPrefixes && files < 100) {
        auto job = [&, this] { return countOneBlocking(m_nextPrefix, files); };
        const bool counted = co_await runOn(parts.pool, std::move(job));
        if (!counted) co_return kAfterFailure;
        ++m_nextPrefix;
    }
    if (m_nextPrefix < SpaceAccount::kPrefixes) co_return kBetween;
    co_return std::nullopt;
}

asio::awaitable<Result<void>> DiskStore::Core::run()
{
    m_toWork = std::make_shared<Signal>(co_await asio::this_coro::executor);
    for (;;) {
        const auto state = co_await asio::this_coro::cancellation_state;
        if (state.cancelled() != asio::cancellation_type::none || parts.closed) break;
        const std::optional<Duration> counting = co_await countNext();
        parts.openShares.prune();
        co_await check();
        co_await uploads.expire();
        const TimePoint now = parts.clock.now();
        TimePoint next = std::min(parts.uploads.nextExpiry(), now + kLongestPause);
        if (!parts.health.trusted()) next = std::min(next, parts.health.nextCheck());
        next = std::max(next, now + std::chrono::milliseconds(100));
        if (counting) next = std::min(next, now + *counting);
        // Nothing wakes a sleep that begins after the cancellation.
        const auto still = co_await asio::this_coro::cancellation_state;
        if (still.cancelled() != asio::cancellation_type::none) break;
        asio::awaitable<Result<void>> asked = soon(m_toWork);
        static_cast<void>(
            co_await withDeadline<void>(parts.clock, next - now, "work", std::move(asked)));
    }
    co_return ok();
}

asio::awaitable<void> DiskStore::Core::shutdown()
{
    if (parts.closed) co_return;
    co_await parts.writers.acquire(LockMode::Exclusive);
    parts.closed = true;
    parts.staged.distrustAll();
    parts.openShares.clear();
    co_await uploads.abortAll();
    const std::optional<std::uint64_t> used = parts.space.used();
    const bool trusted = parts.health.healthy();
    auto job = [&, this]() -> Result<void> {
        Result<void> saved = ok();
        parts.redo.tidy();
        if (used && trusted) saved = saveUsage(parts.layer, *used);
        if (parts.ledger != nullptr && !parts.ledger->flush() && saved)
            TARN_LOG(Warning, Storage, "the accounts were not closed");
        parts.lockFile.close();
        return saved;
    };
    const Result<void> saved = co_await runOn(parts.pool, std::move(job));
    if (!saved) TARN_LOG(Warning, Storage, "the count of shares was not saved");
    parts.writers.release(LockMode::Exclusive);
}

// --- operations ---

asio::awaitable<Result<std::uint64_t>> DiskStore::Core::availableSpace()
{
    JobReport report;
    auto job = [&, this]() -> Result<std::uint64_t> {
        TARN_TRY_VOID(checkRoot(parts.layer, report));
        return parts.layer.freeSpace();
    };
    const Result<std::uint64_t> free = co_await runOn(parts.pool, std::move(job));
    if (!free) {
        parts.conclude(report, free.error());
        co_return free;
    }
    m_lastFree = *free;
    if (!parts.health.healthy()) co_return std::uint64_t(0);
    co_return parts.space.available(*free);
}

asio::awaitable<std::uint64_t> DiskStore::Core::availableSpaceSoon()
{
    if (parts.health.answers() && !m_askingSpace->exchange(true)) {
        const auto report = std::make_shared<JobReport>();
        auto job = [report, asking = m_askingSpace,
                    &layer = parts.layer]() -> Result<std::uint64_t> {
            const Result<void> there = checkRoot(layer, *report);
            Result<std::uint64_t> free = there ? layer.freeSpace() : there.error();
            asking->store(false);
            return free;
        };
        std::string what = "the free space";
        const Result<std::uint64_t> free =
            co_await runWithin(parts.pool, parts.clock, kAskLimit, std::move(what), std::move(job));
        if (free) m_lastFree = *free;
        if (!free && free.error().code() != ErrorCode::Timeout &&
            free.error().code() != ErrorCode::Cancelled)
            parts.conclude(*report, free.error());
    }
    co_return parts.health.healthy() ? parts.space.available(m_lastFree) : 0;
}

asio::awaitable<Result<ServerVersion>> DiskStore::Core::version(AccountId account)
{
    TARN_CO_TRY_VOID(co_await enterRead());
    const Result<std::uint64_t> available = co_await availableSpace();
    ServerVersion out;
    out.availableSpace = available.value_or(0);
    if (parts.ledger != nullptr)
        out.availableSpace = std::min(out.availableSpace, parts.ledger->usage().available(account));
    out.maximumImmutableShareSize = out.availableSpace;
    out.maximumMutableShareSize = share::kMaxMutableShareSize;
    out.applicationVersion = parts.config.applicationVersion;
    co_return out;
}

asio::awaitable<Result<std::set<ShareNumber>>> DiskStore::Core::listShares(ShareKind kind,
                                                                           StorageIndex index)
{
    JobReport report;
    auto job = [&, this]() -> Result<std::set<ShareNumber>> {
        TARN_TRY(std::set<ShareNumber> shares, listBucket(parts.layer, index));
        if (shares.empty()) TARN_TRY_VOID(checkRoot(parts.layer, report));
        if (kind == ShareKind::Mutable) return shares;
        for (const ShareNumber number : shares) {
            const Result<OpenShare> share =
                openShare(parts.layer, sharePath(index, number), OpenMode::Read);
            if (share && share->kind == share::ContainerKind::Mutable)
                return Error(ErrorCode::Unsupported, "the storage index holds mutable shares");
        }
        return shares;
    };
    Result<std::set<ShareNumber>> shares = co_await runOn(parts.pool, std::move(job));
    if (!shares && report.rootGone) parts.conclude(report, shares.error());
    if (shares) parts.uploads.removeFrom(index, *shares);
    co_return shares;
}

std::optional<std::size_t> DiskStore::Core::readShareAtOnce(ShareKind kind, StorageIndex index,
                                                            ShareNumber share, ByteRange range,
                                                            MutableByteView into)
{
    if (parts.closed || !parts.health.admitRead() || !parts.locks.free(index, LockMode::Shared) ||
        !parts.admitIndex(index) || parts.uploads.contains(index, share))
        return std::nullopt;
    return parts.openShares.read(kind, index, share, range, roomFor(range, into));
}

asio::awaitable<Result<std::size_t>> DiskStore::Core::readShare(ShareKind kind, StorageIndex index,
                                                                ShareNumber share, ByteRange range,
                                                                MutableByteView into)
{
    const IndexLocks::Guard guard = co_await parts.locks.lock(index, LockMode::Shared);
    TARN_CO_TRY_VOID(parts.admitIndex(index));
    if (parts.uploads.contains(index, share))
        co_return Error(ErrorCode::NotFound, "the share is not complete");
    const MutableByteView room = roomFor(range, into);
    const std::string path = sharePath(index, share);
    JobReport report;
    auto job = [&, this] {
        return notIfRootGone(parts.layer, report,
                             readShareFile(parts.layer, path, kind, range, room));
    };
    Result<std::size_t> got = co_await runOn(parts.pool, std::move(job));
    if (!got && report.rootGone) parts.conclude(report, got.error());
    if (!got && got.error().code() == ErrorCode::IoFailure && m_lookSoon) m_lookSoon->notifyAll();
    co_return got;
}

asio::awaitable<Result<bool>> DiskStore::Core::exists(StorageIndex index, ShareNumber share)
{
    JobReport report;
    auto job = [&, this]() -> Result<bool> {
        const Result<FileInfo> info =
            notIfRootGone(parts.layer, report, parts.layer.info(sharePath(index, share)));
        if (info) return true;
        if (info.error().code() == ErrorCode::NotFound) return false;
        return info.error();
    };
    Result<bool> there = co_await runOn(parts.pool, std::move(job));
    if (!there && report.rootGone) parts.conclude(report, there.error());
    if (there && parts.uploads.contains(index, share)) co_return false;
    co_return there;
}

asio::awaitable<Result<void>> DiskStore::Core::adviseCorrupt(ShareKind kind, StorageIndex index,
                                                             ShareNumber share, std::string reason)
{
    TARN_CO_TRY(const bool there, co_await exists(index, share));
    if (!there) co_return Error(ErrorCode::NotFound, "no such share");
    TARN_LOG(Warning, Storage, "a client reports a corrupt share",
             {"share", std::int64_t(share.value)});
    if (!parts.health.healthy()) co_return ok();
    const AdvisoryReport report{kind, index, share, std::move(reason), parts.clock.wallNow()};
    const std::size_t most = parts.config.maximumAdvisories;
    auto job = [&, this]() -> Result<void> {
        TARN_TRY(const std::uint64_t free, parts.layer.freeSpace());
        if (parts.space.available(free) < advisoryText(report).size()) return ok();
        return writeAdvisory(parts.layer, report, most);
    };
    co_return co_await runOn(parts.pool, std::move(job));
}

asio::awaitable<Result<void>> DiskStore::Core::addLease(StorageIndex index, LeaseSecrets leases,
                                                        AccountId account)
{
    const IndexLocks::Guard guard = co_await parts.locks.lock(index, LockMode::Exclusive);
    TARN_CO_TRY_VOID(parts.admitIndex(index));
    const LeaseGrant grant = parts.grant(account, leases, share::kAddingOwner);
    const std::string journalId = parts.uniqueName();
    JobReport report;
    auto job = [&, this]() -> Result<std::size_t> {
        TARN_TRY_VOID(checkRoot(parts.layer, report));
        TARN_TRY(const std::set<ShareNumber> shares, listBucket(parts.layer, index));
        if (shares.empty()) return Error(ErrorCode::NotFound, "no shares of this storage index");
        const LeaseTargets targets{index, shares, false};
        return grantLeasesBlocking(parts, targets, grant, journalId, report);
    };
    Result<std::size_t> granted = co_await runOn(parts.pool, std::move(job));
    granted = parts.settled(index, report, std::move(granted));
    if (!granted) co_return std::move(granted).error();
    co_return ok();
}

asio::awaitable<Result<std::vector<StorageIndex>>> DiskStore::Core::bucketsOf(unsigned prefix)
{
    auto job = [this, prefix]() -> Result<std::vector<StorageIndex>> {
        return listPrefix(parts.layer, prefix);
    };
    co_return co_await runOn(parts.pool, std::move(job));
}

asio::awaitable<Result<std::vector<ShareHolding>>> DiskStore::Core::holdings(unsigned prefix)
{
    auto job = [this, prefix] { return listHoldings(parts.layer, parts.ledger, prefix); };
    co_return co_await runOn(parts.pool, std::move(job));
}

/// Most buckets need nothing, and nobody waits while they are looked at.
asio::awaitable<Result<LeaseFindings>> DiskStore::Core::careForLeases(StorageIndex index,
                                                                      const LeaseRules& rules)
{
    auto looking = [&, this] { return inspectLeases(parts, index, rules); };
    Result<LeaseFindings> found = co_await runOn(parts.pool, std::move(looking));
    if (!found || !found->changes()) co_return found;
    const IndexLocks::Guard guard = co_await parts.locks.lock(index, LockMode::Exclusive);
    TARN_CO_TRY_VOID(parts.admitIndex(index));
    const std::string journalId = parts.uniqueName();
    JobReport report;
    auto job = [&, this] { return storage::careForLeases(parts, index, rules, journalId, report); };
    found = co_await runOn(parts.pool, std::move(job));
    co_return parts.settled(index, report, std::move(found));
}

asio::awaitable<Result<void>> DiskStore::Core::auditOnce(std::string path, ShareNumber share,
                                                         AuditPacer* pacer)
{
    constexpr std::uint64_t kSlice = 1024 * 1024;
    std::optional<ShareAudit> audit;
    std::uint64_t before = 0;
    for (;;) {
        auto job = [&, this]() -> Result<bool> {
            if (audit) return audit->stepBlocking(kSlice);
            TARN_TRY(audit, ShareAudit::openBlocking(parts.layer, path, share));
            return audit->stepBlocking(kSlice);
        };
        const TimePoint begin = parts.clock.now();
        const Result<bool> done = co_await runOn(parts.pool, std::move(job));
        if (!done) co_return done.error();
        const std::uint64_t bytes = audit->bytesRead() - before;
        before += bytes;
        if (pacer != nullptr) {
            const bool goOn = co_await pacer->rest(bytes, parts.clock.now() - begin);
            if (!goOn) co_return Error(ErrorCode::Cancelled, "the audit was cancelled");
        }
        if (*done) co_return ok();
    }
}

/// Nobody waits for the first look. What it complains of may just be changing: the second one is
/// taken while writers wait.
asio::awaitable<Result<AuditOutcome>>
DiskStore::Core::auditShare(StorageIndex index, ShareNumber share, AuditPacer& pacer)
{
    TARN_CO_TRY_VOID(parts.health.admitWrite());
    const std::string path = sharePath(index, share);
    Result<void> outcome = co_await auditOnce(path, share, &pacer);
    if (!outcome && outcome.error().code() != ErrorCode::Cancelled) {
        const IndexLocks::Guard guard = co_await parts.locks.lock(index, LockMode::Shared);
        TARN_CO_TRY_VOID(parts.admitIndex(index));
        outcome = co_await auditOnce(path, share, nullptr);
    }
    if (!outcome && outcome.error().code() == ErrorCode::IoFailure) co_await lookNow();
    TARN_CO_TRY_VOID(parts.health.admitWrite()); // of a disk that is away all shares look bad
    if (!outcome && outcome.error().code() == ErrorCode::Cancelled) co_return outcome.error();
    co_return auditOutcomeOf(outcome);
}

asio::awaitable<Result<std::vector<Advisory>>> DiskStore::Core::advisories(std::size_t limit)
{
    auto job = [&layer = parts.layer, limit] { return readAdvisories(layer, limit); };
    std::string what = "the list of advisories";
    co_return co_await runWithin(parts.pool, parts.clock, kAskLimit, std::move(what),
                                 std::move(job));
}

} // namespace tarn::storage
