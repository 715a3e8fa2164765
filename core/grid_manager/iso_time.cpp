#include "core/grid_manager/iso_time.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>

namespace tarn::grid_manager {

namespace {

using std::chrono::microseconds;
using std::chrono::seconds;

// What nanoseconds in 64 bits reach.
constexpr seconds kEarliest =
    std::chrono::sys_days(std::chrono::year(1678) / 1 / 1).time_since_epoch();
constexpr seconds kLatest =
    std::chrono::sys_days(std::chrono::year(2262) / 1 / 1).time_since_epoch() - seconds(1);

/// Takes the text from its front, piece by piece.
class Reader
{
public:
    explicit Reader(std::string_view text) : m_rest(text) {}

    bool isDone() const { return m_rest.empty(); }

    bool take(char c)
    {
        if (!m_rest.starts_with(c)) return false;
        m_rest.remove_prefix(1);
        return true;
    }

    /// Exactly `count` digits, at most `most`.
    std::optional<int> number(std::size_t count, int most)
    {
        if (m_rest.size() < count) return std::nullopt;
        int value = 0;
        for (const char c : m_rest.substr(0, count)) {
            if (c < '0' || c > '9') return std::nullopt;
            value = value * 10 + (c - '0');
        }
        m_rest.remove_prefix(count);
        return value <= most ? std::optional<int>(value) : std::nullopt;
    }

    /// One digit or more; those beyond six do not count.
    std::optional<microseconds> fraction()
    {
        microseconds out(0);
        microseconds unit(100'000);
        std::size_t digits = 0;
        for (; digits < m_rest.size() && m_rest[digits] >= '0' && m_rest[digits] <= '9'; ++digits) {
            out += unit * (m_rest[digits] - '0');
            unit /= 10;
        }
        m_rest.remove_prefix(digits);
        return digits > 0 ? std::optional<microseconds>(out) : std::nullopt;
    }

private:
    std::string_view m_rest;
};

std::optional<seconds> readDate(Reader& in)
{
    const std::optional<int> year = in.number(4, 9999);
    if (!year || !in.take('-')) return std::nullopt;
    const std::optional<int> month = in.number(2, 12);
    if (!month || !in.take('-')) return std::nullopt;
    const std::optional<int> day = in.number(2, 31);
    if (!day) return std::nullopt;
    const std::chrono::year_month_day date(std::chrono::year(*year),
                                           std::chrono::month(static_cast<unsigned>(*month)),
                                           std::chrono::day(static_cast<unsigned>(*day)));
    if (*year == 0 || !date.ok()) return std::nullopt;
    return std::chrono::sys_days(date).time_since_epoch();
}

/// HH:MM[:SS]
std::optional<seconds> readClock(Reader& in, bool& hasSeconds)
{
    const std::optional<int> hour = in.number(2, 23);
    if (!hour || !in.take(':')) return std::nullopt;
    const std::optional<int> minute = in.number(2, 59);
    if (!minute) return std::nullopt;
    seconds out = std::chrono::hours(*hour) + std::chrono::minutes(*minute);
    hasSeconds = in.take(':');
    if (!hasSeconds) return out;
    const std::optional<int> second = in.number(2, 59);
    if (!second) return std::nullopt;
    return out + seconds(*second);
}

std::optional<seconds> readOffset(Reader& in)
{
    if (in.take('Z')) return seconds(0);
    const bool isEast = in.take('+');
    if (!isEast && !in.take('-')) return std::nullopt;
    bool hasSeconds = false;
    const std::optional<seconds> offset = readClock(in, hasSeconds);
    if (!offset) return std::nullopt;
    return isEast ? *offset : -*offset;
}

std::optional<WallTime> readTime(Reader in)
{
    const std::optional<seconds> date = readDate(in);
    if (!date || (!in.take('T') && !in.take(' '))) return std::nullopt;
    bool hasSeconds = false;
    const std::optional<seconds> clock = readClock(in, hasSeconds);
    if (!clock) return std::nullopt;
    std::optional<microseconds> fraction(microseconds(0));
    if (hasSeconds && in.take('.')) fraction = in.fraction();
    const std::optional<seconds> offset = readOffset(in);
    if (!fraction || !offset || !in.isDone()) return std::nullopt;
    const seconds whole = *date + *clock - *offset;
    if (whole < kEarliest || whole > kLatest)
        return WallTime(std::clamp(whole, kEarliest, kLatest));
    return WallTime(Duration(whole) + *fraction);
}

} // namespace

std::string isoTime(WallTime time, char separator)
{
    const auto whole = std::chrono::floor<seconds>(time);
    const auto day = std::chrono::floor<std::chrono::days>(whole);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(whole - day);
    const auto micros = std::chrono::floor<microseconds>(time - whole).count();
    std::array<char, 64> text{};
    std::snprintf(
        text.data(), text.size(), "%04d-%02u-%02u%c%02d:%02d:%02d", static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), separator,
        static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
        static_cast<int>(clock.seconds().count()));
    std::string out = text.data();
    if (micros != 0) {
        std::snprintf(text.data(), text.size(), ".%06d", static_cast<int>(micros));
        out += text.data();
    }
    return out + "+00:00";
}

Result<WallTime> parseIsoTime(std::string_view text)
{
    const std::optional<WallTime> time = readTime(Reader(text));
    if (time) return *time;
    return Error(ErrorCode::InvalidInput,
                 "expected a time such as 2026-12-01T18:31:16.592042+00:00");
}

} // namespace tarn::grid_manager
