#include "storage-server/lease_keeper.h"

#include "core/base/log.h"
#include "storage-server/space_account.h"

#include <algorithm>
#include <charconv>
#include <iterator>

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

std::vector<StorageIndex> indexesOf(const std::vector<LedgerRow>& rows)
{
    std::vector<StorageIndex> out;
    for (const LedgerRow& row : rows) // in order
        if (out.empty() || out.back() != row.share.index) out.push_back(row.share.index);
    return out;
}

} // namespace

struct LeaseKeeper::Survey
{
    std::uint64_t present = 0; ///< indexes that have a folder
    std::uint64_t leased = 0;
    std::uint64_t absent = 0;
    std::vector<std::uint64_t> absentBelow = std::vector<std::uint64_t>(SpaceAccount::kPrefixes);

    /// As when a disk is away, and not as when somebody removes what he knows.
    bool looksAway() const
    {
        if (absent == 0) return false;
        return present == 0 || (absent > kFewAbsent && absent > leased / 4);
    }
};

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

/// \return how long to rest after it.
asio::awaitable<Duration> LeaseKeeper::care(StorageIndex index, bool keepsAbsent)
{
    const TimePoint begin = m_parts.clock.now();
    LeaseRules now = rules();
    now.keepsAbsent = keepsAbsent;
    const Result<LeaseFindings> found = co_await m_parts.store.careForLeases(index, now);
    if (found) m_status.present += *found;
    if (found) m_status.all += *found;
    co_return found ? std::min((m_parts.clock.now() - begin) * kRest, kLongestRest) : kAfterFailure;
}

/// \return false: cancelled.
asio::awaitable<bool> LeaseKeeper::carePrefix()
{
    const Result<std::vector<StorageIndex>> buckets = co_await m_parts.store.bucketsOf(m_prefix);
    if (!buckets) co_return co_await rest(kAfterFailure);
    for (const StorageIndex& index : *buckets) {
        const Duration pause = co_await care(index, true);
        const bool goOn = co_await rest(pause);
        if (!goOn) co_return false;
    }
    ++m_prefix;
    if (!buckets->empty()) co_await keepPlace();
    co_return true;
}

// --- shares that are gone ---

/// Adds to `survey`. \return indexes that are leased and have no folder.
asio::awaitable<Result<std::vector<StorageIndex>>> LeaseKeeper::absentBelow(unsigned prefix,
                                                                            Survey& survey)
{
    TARN_CO_TRY(std::vector<StorageIndex> present, co_await m_parts.store.bucketsOf(prefix));
    auto job = [this, prefix] { return rowsBelow(m_parts.ledger, prefix); };
    TARN_CO_TRY(const std::vector<LedgerRow> rows,
                co_await runOn(m_parts.diskPool, std::move(job)));
    const std::vector<StorageIndex> leased = indexesOf(rows);
    std::sort(present.begin(), present.end());
    std::vector<StorageIndex> absent;
    std::set_difference(leased.begin(), leased.end(), present.begin(), present.end(),
                        std::back_inserter(absent));
    survey.present += present.size();
    survey.leased += leased.size();
    survey.absent += absent.size();
    survey.absentBelow[prefix] = absent.size();
    co_return absent;
}

/// Names only: no share is opened. \return Cancelled, or why it cannot be told.
asio::awaitable<Result<LeaseKeeper::Survey>> LeaseKeeper::survey()
{
    Survey out;
    for (unsigned prefix = 0; prefix < SpaceAccount::kPrefixes; ++prefix) {
        const TimePoint begin = m_parts.clock.now();
        const auto absent = co_await absentBelow(prefix, out);
        if (!absent) co_return absent.error();
        const bool goOn =
            co_await rest(std::min((m_parts.clock.now() - begin) * kRest, kLongestRest));
        if (!goOn) co_return Error(ErrorCode::Cancelled, "the survey was cancelled");
    }
    m_status.leasedIndexes = out.leased;
    m_status.absentIndexes = out.absent;
    m_status.withheld = out.looksAway();
    if (m_status.withheld && !m_forgetAsked) {
        TARN_LOG(Error, Storage,
                 "the shares of many storage indexes are gone: is their disk away? Who stored them "
                 "is not forgotten. Put them back and restart, or run: tarn-storage --state DIR "
                 "leases forget-missing",
                 {"missing", out.absent}, {"leased", out.leased});
    }
    co_return out;
}

/// \param most  as many were gone when all were counted: more went meanwhile, and are not
/// forgotten.
asio::awaitable<Result<void>> LeaseKeeper::forgetBelow(unsigned prefix, std::uint64_t most)
{
    Survey now;
    TARN_CO_TRY(const std::vector<StorageIndex> absent, co_await absentBelow(prefix, now));
    if (absent.size() > most) co_return ok();
    for (const StorageIndex& index : absent) {
        const Duration pause = co_await care(index, false);
        const bool goOn = co_await rest(pause);
        if (!goOn) co_return Error(ErrorCode::Cancelled, "cancelled");
    }
    co_return ok();
}

asio::awaitable<Result<void>> LeaseKeeper::forgetAbsent()
{
    TARN_CO_TRY(const Survey found, co_await survey());
    if (m_status.withheld && !m_forgetAsked) co_return ok();
    for (unsigned prefix = 0; prefix < SpaceAccount::kPrefixes; ++prefix) {
        if (found.absentBelow[prefix] == 0) continue;
        TARN_CO_TRY_VOID(co_await forgetBelow(prefix, found.absentBelow[prefix]));
    }
    m_status.absentIndexes = 0;
    m_status.withheld = false;
    m_forgetAsked = false;
    co_return ok();
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

/// \return false: cancelled.
asio::awaitable<bool> LeaseKeeper::restAfterRound()
{
    constexpr Duration kLook = std::chrono::minutes(1);
    for (Duration rested{}; rested < kRoundEvery; rested += kLook) {
        const bool goOn = co_await rest(kLook);
        if (!goOn) co_return false;
        if (m_forgetAsked) static_cast<void>(co_await forgetAbsent());
    }
    co_return true;
}

asio::awaitable<Result<void>> LeaseKeeper::run()
{
    co_await readPlace();
    static_cast<void>(co_await survey()); // the operator is told soon after the start
    for (;;) {
        while (m_prefix < SpaceAccount::kPrefixes) {
            const bool goOn = co_await carePrefix();
            if (!goOn) co_return ok();
        }
        static_cast<void>(co_await forgetAbsent()); // what fails is done in the next round
        const bool stays = co_await rest(Duration(0));
        if (!stays) co_return ok();
        co_await endRound();
        const bool goOn = co_await restAfterRound();
        if (!goOn) co_return ok();
    }
}

} // namespace tarn::storage
