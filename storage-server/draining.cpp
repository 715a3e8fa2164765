#include "storage-server/draining.h"

#include "core/base/log.h"

#include <charconv>

namespace tarn::storage {

namespace {

constexpr std::string_view kNote = "draining-since";

} // namespace

Result<std::unique_ptr<Draining>> Draining::openBlocking(const Parts& parts)
{
    TARN_TRY(const std::string text, parts.ledger.note(kNote));
    std::unique_ptr<Draining> out(new Draining(parts));
    std::int64_t since = 0;
    if (!text.empty()) {
        std::from_chars(text.data(), text.data() + text.size(), since);
        out->m_since = since;
    }
    return out;
}

asio::awaitable<Result<void>> Draining::turn(bool on)
{
    if (on == m_since.has_value()) co_return ok();
    std::optional<std::int64_t> since;
    if (on) since = unixSeconds(m_parts.clock.wallNow());
    const std::string text = since ? std::to_string(*since) : std::string();
    auto job = [&, this] { return m_parts.ledger.setNote(kNote, text); };
    TARN_CO_TRY_VOID(co_await runOn(m_parts.diskPool, std::move(job)));
    m_since = since;
    if (on)
        TARN_LOG(Warning, Storage, "draining: no new shares and no changes are taken");
    else
        TARN_LOG(Warning, Storage, "draining has ended: shares are taken again");
    if (m_changed) m_changed();
    co_return ok();
}

} // namespace tarn::storage
