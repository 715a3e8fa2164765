#include "storage-server/lease_policy.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>

namespace tarn::storage {

bool hasExpired(const LeasePolicy& policy, share::ContainerKind kind, std::uint32_t expiration,
                std::int64_t now)
{
    const bool subject =
        kind == share::ContainerKind::Mutable ? policy.mutableShares : policy.immutableShares;
    if (!policy.enabled || !subject) return false;
    const std::int64_t taken = std::int64_t(expiration) - share::kLeaseSeconds;
    if (policy.mode == LeasePolicy::Mode::CutoffDate) return taken < policy.cutoff;
    if (!policy.overrideDuration) return now > expiration;
    return now - taken > std::chrono::floor<std::chrono::seconds>(*policy.overrideDuration).count();
}

Result<std::int64_t> parseDate(std::string_view text)
{
    const Error bad(ErrorCode::InvalidInput,
                    "expected YYYY-MM-DD, got \"" + std::string(text) + "\"");
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return bad;
    std::array<unsigned, 3> parts{};
    constexpr std::array<std::pair<std::size_t, std::size_t>, 3> kPlaces{
        std::pair{0, 4}, std::pair{5, 2}, std::pair{8, 2}};
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const std::string_view digits = text.substr(kPlaces[i].first, kPlaces[i].second);
        const char* const end = digits.data() + digits.size();
        const auto [at, error] = std::from_chars(digits.data(), end, parts[i]);
        if (error != std::errc() || at != end) return bad;
    }
    const std::chrono::year_month_day date(std::chrono::year(static_cast<int>(parts[0])),
                                           std::chrono::month(parts[1]),
                                           std::chrono::day(parts[2]));
    if (!date.ok()) return bad;
    const std::chrono::sys_seconds begin = std::chrono::sys_days(date);
    return begin.time_since_epoch().count();
}

std::string dateText(std::int64_t unixSeconds)
{
    const std::chrono::sys_seconds time{std::chrono::seconds(unixSeconds)};
    const std::chrono::year_month_day date(std::chrono::floor<std::chrono::days>(time));
    std::array<char, 32> out{};
    std::snprintf(out.data(), out.size(), "%04d-%02u-%02u", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
    return out.data();
}

} // namespace tarn::storage
