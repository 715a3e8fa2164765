#include "storage-server/scrubber.h"

#include "core/base/log.h"
#include "core/node/files.h"
#include "storage-server/space_account.h"
#include "storage-server/store_paths.h"

#include <algorithm>

namespace tarn::storage {

namespace {

constexpr Duration kIdle = std::chrono::minutes(1);
constexpr Duration kKeepEvery = std::chrono::minutes(1);
constexpr Duration kShortestRest = std::chrono::milliseconds(20);
constexpr std::size_t kLargestRecord = 64U << 20U;

} // namespace

std::int64_t Scrubber::now() const
{
    return unixSeconds(m_parts.clock.wallNow());
}

/// \return false: cancelled.
asio::awaitable<bool> Scrubber::sleep(Duration time)
{
    // Nothing wakes a sleep that begins after the cancellation.
    const auto before = co_await asio::this_coro::cancellation_state;
    if (before.cancelled() != asio::cancellation_type::none) co_return false;
    co_await m_parts.clock.sleep(time);
    const auto state = co_await asio::this_coro::cancellation_state;
    co_return state.cancelled() == asio::cancellation_type::none;
}

/// As long as the pace asks for, and never less than the work took.
asio::awaitable<bool> Scrubber::rest(std::uint64_t bytes, Duration worked)
{
    m_bytes += bytes;
    m_record.present.bytes += bytes;
    const double seconds = static_cast<double>(bytes) / static_cast<double>(m_config.pace);
    const auto paced = std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
    m_debt += std::max(paced - worked, worked);
    if (m_debt < kShortestRest) co_return true;
    const Duration time = std::exchange(m_debt, Duration(0));
    const bool goOn = co_await sleep(time);
    co_return goOn&& m_config.enabled;
}

asio::awaitable<void> Scrubber::readRecord()
{
    auto job = [this]() -> Result<ScrubRecord> {
        TARN_TRY(const Bytes text, node::readFileBlocking(m_parts.file, kLargestRecord));
        return ScrubRecord::parse(asText(text));
    };
    Result<ScrubRecord> record = co_await runOn(m_parts.diskPool, std::move(job));
    if (record) m_record = *std::move(record);
    if (!record && record.error().code() != ErrorCode::NotFound)
        TARN_LOG(Warning, Storage, "the record of the scrub is lost",
                 {"why", record.error().message()});
}

asio::awaitable<void> Scrubber::keepRecord()
{
    sayWhatIsNew();
    m_kept = m_parts.clock.now();
    auto job = [this, text = m_record.text()] {
        return node::writeFileBlocking(m_parts.file, asBytes(text), node::kPrivateFile);
    };
    const Result<void> kept = co_await runOn(m_parts.diskPool, std::move(job));
    if (!kept)
        TARN_LOG(Warning, Storage, "the record of the scrub was not kept",
                 {"why", kept.error().message()});
}

void Scrubber::sayWhatIsNew()
{
    if (m_unsaid == 0) return;
    TARN_LOG(Warning, Storage, "the scrub found shares that are not sound", {"new", m_unsaid},
             {"damaged", m_record.found(AuditState::Damaged)},
             {"unreadable", m_record.found(AuditState::Unreadable)},
             {"unknown", m_record.found(AuditState::Unknown)});
    m_unsaid = 0;
}

/// \return false: cancelled, switched off, or the disk is not well.
asio::awaitable<bool> Scrubber::scrubIndex(StorageIndex index)
{
    const Result<std::set<ShareNumber>> shares =
        co_await m_parts.store.listShares(storage_api::ShareKind::Mutable, index);
    if (!shares) co_return false;
    for (const ShareNumber share : *shares) {
        const Result<AuditOutcome> outcome = co_await m_parts.store.auditShare(index, share, *this);
        if (!outcome) co_return false;
        ++m_shares;
        if (m_record.note({index, share}, *outcome, now())) ++m_unsaid;
    }
    co_return true;
}

/// \return false: as scrubIndex().
asio::awaitable<bool> Scrubber::scrubPrefix(unsigned prefix)
{
    Result<std::vector<StorageIndex>> buckets = co_await m_parts.store.bucketsOf(prefix);
    if (!buckets) co_return false;
    std::sort(buckets->begin(), buckets->end());
    for (const StorageIndex& index : *buckets) {
        if (m_record.after && index <= *m_record.after) continue;
        const bool goOn = co_await scrubIndex(index);
        if (!goOn) co_return false;
        m_record.after = index;
        if (m_parts.clock.now() - m_kept >= kKeepEvery) co_await keepRecord();
    }
    co_return true;
}

asio::awaitable<void> Scrubber::endRound()
{
    m_record.end(now());
    ++m_rounds;
    TARN_LOG(Info, Storage, "all shares were re-read", {"shares", m_record.last.allShares()},
             {"bytes", m_record.last.bytes}, {"damaged", m_record.last.of(AuditState::Damaged)},
             {"unreadable", m_record.last.of(AuditState::Unreadable)});
    co_await keepRecord();
}

bool Scrubber::due() const
{
    if (!m_config.enabled) return false;
    if (m_asked || m_record.underWay || !m_record.began) return true;
    const std::int64_t interval =
        std::chrono::floor<std::chrono::seconds>(m_config.interval).count();
    const std::int64_t since = now() - *m_record.began;
    return since >= interval || since < 0; // a clock that was wrong must not stop it for years
}

asio::awaitable<Result<void>> Scrubber::run()
{
    co_await readRecord();
    for (;;) {
        bool goOn = due();
        if (goOn && !m_record.underWay) {
            m_asked = false;
            m_record.begin(now());
            co_await keepRecord();
        }
        unsigned prefix = m_record.after ? prefixNumber(*m_record.after) : 0;
        for (; goOn && prefix < SpaceAccount::kPrefixes; ++prefix)
            goOn = co_await scrubPrefix(prefix);
        if (goOn) co_await endRound();
        const bool awake = co_await sleep(kIdle);
        if (!awake) co_return ok();
    }
}

} // namespace tarn::storage
