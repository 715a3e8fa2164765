#include "profiles/friendnet/seen_members.h"

#include "core/base/log.h"
#include "core/node/files.h"
#include "core/wire/node_id.h"

#include <algorithm>
#include <charconv>
#include <vector>

namespace tarn::profiles {

namespace {

using crypto::Ed25519PublicKey;

constexpr Duration kBetweenWrites = std::chrono::hours(1);
constexpr std::size_t kMaxFileBytes = std::size_t{4} << 20U;

Error noTime(std::string_view line)
{
    return Error(ErrorCode::InvalidInput,
                 "expected \"v0-KEY SECONDS\", not \"" + std::string(line.substr(0, 80)) + "\"");
}

Result<void> readLine(std::string_view line, SeenTimes& into)
{
    const std::size_t space = line.find(' ');
    if (space == std::string_view::npos) return noTime(line);
    const Result<Ed25519PublicKey> key = wire::parseNodeId(line.substr(0, space));
    const std::string_view digits = line.substr(space + 1);
    std::int64_t seconds = 0;
    const auto [end, failed] =
        std::from_chars(digits.data(), digits.data() + digits.size(), seconds);
    if (!key || failed != std::errc() || end != digits.data() + digits.size() || seconds < 0)
        return noTime(line);
    into[*key] = seconds;
    return ok();
}

} // namespace

std::string seenText(const SeenTimes& times)
{
    std::string out;
    for (const auto& [key, seconds] : times)
        out += wire::nodeIdOf(key) + " " + std::to_string(seconds) + "\n";
    return out;
}

Result<SeenTimes> parseSeen(std::string_view text)
{
    SeenTimes out;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        if (end == std::string_view::npos) return noTime(text);
        TARN_TRY_VOID(readLine(text.substr(0, end), out));
        text.remove_prefix(end + 1);
    }
    return out;
}

SeenTimes readSeenBlocking(const node::StateDir& dir)
{
    const std::string path = dir.pathOf(kSeenFile);
    const Result<Bytes> text = node::readFileBlocking(path, kMaxFileBytes);
    if (!text && text.error().code() == ErrorCode::NotFound) return SeenTimes();
    Result<SeenTimes> out = text ? parseSeen(asText(*text)) : Result<SeenTimes>(text.error());
    if (out) return *std::move(out);
    TARN_LOG(Warning, Main, "when members were seen cannot be read: they are waited for anew",
             {"file", path}, {"error", out.error().text()});
    return SeenTimes();
}

SeenMembers::SeenMembers(Parts parts, SeenTimes times)
    : m_parts(std::move(parts)), m_times(std::move(times)), m_tasks(m_parts.engine)
{
}

void SeenMembers::start()
{
    m_tasks.spawn(keep());
}

asio::awaitable<void> SeenMembers::stop()
{
    m_tasks.cancel();
    co_await m_tasks.join();
    co_await write();
}

void SeenMembers::note(const Ed25519PublicKey& member)
{
    m_times[member] = unixSeconds(m_parts.clock.wallNow());
    m_changed = true;
}

std::optional<std::int64_t> SeenMembers::lastSeen(const Ed25519PublicKey& member) const
{
    const auto at = m_times.find(member);
    if (at == m_times.end()) return std::nullopt;
    return at->second;
}

/// A clock that was ahead once must not keep shares for ever.
std::int64_t SeenMembers::waitedForSince(const Ed25519PublicKey& member)
{
    const std::int64_t now = unixSeconds(m_parts.clock.wallNow());
    const auto [at, isNew] = m_times.try_emplace(member, now);
    if (isNew || at->second > now) {
        at->second = now;
        m_changed = true;
    }
    return at->second;
}

void SeenMembers::forgetOldest()
{
    if (m_times.size() <= kMost) return;
    std::vector<std::pair<std::int64_t, Ed25519PublicKey>> all;
    for (const auto& [key, seconds] : m_times)
        all.emplace_back(seconds, key);
    const auto kept = all.end() - static_cast<std::ptrdiff_t>(kMost);
    std::nth_element(all.begin(), kept, all.end());
    for (auto it = all.begin(); it != kept; ++it)
        m_times.erase(it->second);
}

asio::awaitable<void> SeenMembers::write()
{
    if (!m_changed) co_return;
    m_changed = false;
    forgetOldest();
    auto job = [this, text = seenText(m_times)] { return m_parts.dir.writeFile(kSeenFile, text); };
    const Result<void> written = co_await runOn(m_parts.diskPool, std::move(job));
    if (written) co_return;
    m_changed = true;
    TARN_LOG(Warning, Main, "when members were seen is not on disk",
             {"error", written.error().text()});
}

asio::awaitable<void> SeenMembers::keep()
{
    while (true) {
        co_await m_parts.clock.sleep(kBetweenWrites);
        co_await write();
    }
}

} // namespace tarn::profiles
