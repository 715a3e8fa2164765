#include "storage-server/draining.h"

#include "core/base/log.h"

#include <charconv>

namespace tarn::storage {

namespace {

/// Unix seconds; behind them, when it is so, kWithdrawn.
constexpr std::string_view kNote = "draining-since";
constexpr std::string_view kWithdrawn = " withdrawn";

} // namespace

Result<std::unique_ptr<Draining>> Draining::openBlocking(const Parts& parts)
{
    TARN_TRY(const std::string text, parts.ledger.note(kNote));
    std::unique_ptr<Draining> out(new Draining(parts));
    std::int64_t since = 0;
    if (!text.empty()) {
        std::from_chars(text.data(), text.data() + text.size(), since);
        out->m_since = since;
        out->m_withdrawn = text.ends_with(kWithdrawn);
    }
    return out;
}

asio::awaitable<Result<void>> Draining::keep(std::optional<std::int64_t> since, bool withdrawn)
{
    std::string text = since ? std::to_string(*since) : std::string();
    if (withdrawn) text += kWithdrawn;
    auto job = [&, this] { return m_parts.ledger.setNote(kNote, text); };
    TARN_CO_TRY_VOID(co_await runOn(m_parts.diskPool, std::move(job)));
    m_since = since;
    m_withdrawn = withdrawn;
    if (m_changed) m_changed();
    co_return ok();
}

asio::awaitable<Result<void>> Draining::turn(bool on)
{
    if (on == m_since.has_value() && !m_withdrawn) co_return ok();
    std::optional<std::int64_t> since;
    if (on) since = m_since.value_or(unixSeconds(m_parts.clock.wallNow()));
    TARN_CO_TRY_VOID(co_await keep(since, false));
    if (on)
        TARN_LOG(Warning, Storage, "draining: no new shares and no changes are taken");
    else
        TARN_LOG(Warning, Storage, "draining has ended: shares are taken again");
    co_return ok();
}

asio::awaitable<Result<void>> Draining::withdraw()
{
    if (!m_since)
        co_return Error(ErrorCode::Conflict,
                        "the server is not being drained: `drain on` comes first, and gives the "
                        "owners of files time to move them");
    if (m_withdrawn) co_return ok();
    TARN_CO_TRY_VOID(co_await keep(m_since, true));
    TARN_LOG(Warning, Storage, "withdrawn: introducers are told to forget this server");
    co_return ok();
}

} // namespace tarn::storage
