#include "core/net/http_date.h"

#include "core/net/http_message.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace tarn::net {

namespace {

constexpr std::size_t kLength = 29; // Sun, 06 Nov 1994 08:49:37 GMT
constexpr unsigned kFirstYear = 1970;
constexpr unsigned kLastYear = 2199;

/// Digits only. \return above `most` where it is no such number.
unsigned numberAt(std::string_view text, std::size_t from, std::size_t count, unsigned most)
{
    const std::string_view digits = text.substr(from, count);
    unsigned out = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), out);
    const bool whole = read.ec == std::errc() && read.ptr == digits.data() + digits.size();
    return whole ? std::min(out, most + 1) : most + 1;
}

/// 1 to 12, or 0.
unsigned monthAt(std::string_view text, std::size_t from)
{
    constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
    const std::size_t found = kMonths.find(text.substr(from, 3));
    return found == std::string_view::npos || found % 3 != 0 ? 0
                                                             : static_cast<unsigned>(found / 3 + 1);
}

} // namespace

Result<WallTime> parseHttpDate(std::string_view text)
{
    using namespace std::chrono;
    const Error refused(ErrorCode::InvalidInput, "not a date of HTTP");
    if (text.size() != kLength) return refused;
    const unsigned month = monthAt(text, 8);
    const unsigned yearNumber = numberAt(text, 12, 4, kLastYear);
    const unsigned hour = numberAt(text, 17, 2, 23);
    const unsigned minute = numberAt(text, 20, 2, 59);
    const unsigned second = numberAt(text, 23, 2, 59);
    if (month == 0 || yearNumber < kFirstYear || yearNumber > kLastYear || hour > 23 ||
        minute > 59 || second > 59)
        return refused;
    const year_month_day date(year(static_cast<int>(yearNumber)), std::chrono::month(month),
                              day(numberAt(text, 5, 2, 31)));
    if (!date.ok()) return refused;
    const WallTime out = sys_days(date) + hours(hour) + minutes(minute) + seconds(second);
    // Weekday and punctuation.
    if (httpDate(out) != text) return refused;
    return out;
}

} // namespace tarn::net
