#include "storage-server/lease_keeper.h"

#include "core/base/log.h"
#include "storage-server/space_account.h"

#include <algorithm>
#include <charconv>

namespace tarn::storage {

namespace {

constexpr std::string_view kPlaceNote = "lease-keeper";
constexpr Duration kAfterFailure = std::chrono::minutes(1);
constexpr Duration kLongestRest = std::chrono::minutes(10); // also after a disk that hung

/// Those below a prefix, from the first to the last that there can be.
Result<std::vector<LedgerRow>> rowsBelow(Ledger& ledger, unsigned prefix)
{
    StorageIndex first;
    StorageIndex last;
    std::fill(last.mutableView().begin(), last.mutableView().end(), std::byte{0xff});
    // Its ten bits, and then zeroes or ones.
    first.mutableView()[0] = last.mutableView()[0] = static_cast<std::byte>(prefix >> 2U);
    first.mutableView()[1] = static_cast<std::byte>((prefix & 3U) << 6U);
    last.mutableView()[1] = first.mutableView()[1] | std::byte{0x3f};
    return ledger.rowsBetween(first, last);
}

/// Whose shares are there, and those of which only the ledger tells.
Result<std::vector<StorageIndex>> withLeased(std::vector<StorageIndex> buckets, Ledger& ledger,
                                             unsigned prefix)
{
    TARN_TRY(const std::vector<LedgerRow> rows, rowsBelow(ledger, prefix));
    for (const LedgerRow& row : rows)
        buckets.push_back(row.share.index);
    std::sort(buckets.begin(), buckets.end());
    buckets.erase(std::unique(buckets.begin(), buckets.end()), buckets.end());
    return buckets;
}

} // namespace

LeaseRules LeaseKeeper::rules() const
{
    LeaseRules out;
    out.policy = m_config.policy;
    out.now = unixSeconds(m_parts.clock.wallNow());
    const std::int64_t grace = std::chrono::floor<std::chrono::seconds>(m_config.grace).count();
    for (const Account* account : m_parts.accounts.all())
        if (account->letGo && out.now - *account->letGo >= grace) out.letGo.insert(account->id);
    return out;
}

asio::awaitable<void> LeaseKeeper::readPlace()
{
    auto job = [this] { return m_parts.ledger.note(kPlaceNote); };
    const Result<std::string> text = co_await runOn(m_parts.diskPool, std::move(job));
    unsigned place = 0;
    if (text) std::from_chars(text->data(), text->data() + text->size(), place);
    m_prefix = place < SpaceAccount::kPrefixes ? place : 0;
}

asio::awaitable<void> LeaseKeeper::keepPlace()
{
    auto job = [this] { return m_parts.ledger.setNote(kPlaceNote, std::to_string(m_prefix)); };
    static_cast<void>(co_await runOn(m_parts.diskPool, std::move(job)));
}

/// \return false: cancelled.
asio::awaitable<bool> LeaseKeeper::rest(Duration time)
{
    if (time > Duration(0)) co_await m_parts.clock.sleep(time);
    const auto state = co_await asio::this_coro::cancellation_state;
    co_return state.cancelled() == asio::cancellation_type::none;
}

/// \return false: cancelled.
asio::awaitable<bool> LeaseKeeper::carePrefix()
{
    Result<std::vector<StorageIndex>> buckets = co_await m_parts.store.bucketsOf(m_prefix);
    if (buckets) {
        auto job = [this, &buckets] {
            return withLeased(*std::move(buckets), m_parts.ledger, m_prefix);
        };
        buckets = co_await runOn(m_parts.diskPool, std::move(job));
    }
    if (!buckets) co_return co_await rest(kAfterFailure);
    for (const StorageIndex& index : *buckets) {
        const TimePoint begin = m_parts.clock.now();
        const LeaseRules now = rules();
        const Result<LeaseFindings> found = co_await m_parts.store.careForLeases(index, now);
        if (found) m_status.present += *found;
        if (found) m_status.all += *found;
        const Duration pause =
            found ? std::min((m_parts.clock.now() - begin) * kRest, kLongestRest) : kAfterFailure;
        const bool goOn = co_await rest(pause);
        if (!goOn) co_return false;
    }
    ++m_prefix;
    if (!buckets->empty()) co_await keepPlace();
    co_return true;
}

asio::awaitable<void> LeaseKeeper::endRound()
{
    const LeaseFindings& found = m_status.present;
    if (found.changes()) {
        TARN_LOG(Info, Storage, "all leases were looked at", {"shares", found.shares},
                 {"ended_leases", found.endedLeases}, {"removed_shares", found.removedShares},
                 {"freed_bytes", found.freedBytes}, {"drift", found.drift});
    }
    m_status.last = found;
    m_status.present = LeaseFindings();
    ++m_status.rounds;
    m_prefix = 0;
    co_await keepPlace();
    const LeaseRules now = rules();
    for (const AccountId account : now.letGo)
        if (m_parts.ledger.usage().figures(account).shares == 0)
            static_cast<void>(co_await m_parts.accounts.forget(account));
}

asio::awaitable<Result<void>> LeaseKeeper::run()
{
    co_await readPlace();
    for (;;) {
        while (m_prefix < SpaceAccount::kPrefixes) {
            const bool goOn = co_await carePrefix();
            if (!goOn) co_return ok();
        }
        co_await endRound();
        const bool goOn = co_await rest(kRoundEvery);
        if (!goOn) co_return ok();
    }
}

} // namespace tarn::storage
