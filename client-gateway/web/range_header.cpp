#include "client-gateway/web/range_header.h"

#include "client-gateway/web/arguments.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

namespace tarn::gateway::web {

namespace {

/// Decimal digits only; a number past 2^64 counts as 2^64 - 1, which is past any file.
std::optional<std::uint64_t> parseNumber(std::string_view text)
{
    const bool digits = !text.empty() && std::all_of(text.begin(), text.end(),
                                                     [](char c) { return c >= '0' && c <= '9'; });
    if (!digits) return std::nullopt;
    std::uint64_t value = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    if (parsed.ec == std::errc::result_out_of_range)
        return std::numeric_limits<std::uint64_t>::max();
    return value;
}

std::optional<RangeAnswer> lastBytes(std::string_view text, std::uint64_t size)
{
    const std::optional<std::uint64_t> count = parseNumber(text);
    if (!count || *count == 0) return std::nullopt;
    if (size == 0) return RangeAnswer(WholeFile{});
    return RangeAnswer(PartOfFile{size - std::min(*count, size), size - 1});
}

/// Absent: this range makes no sense.
std::optional<RangeAnswer> answerOne(std::string_view range, std::uint64_t size)
{
    const std::size_t dash = range.find('-');
    if (dash == std::string_view::npos) return std::nullopt;
    const std::string_view left = trim(range.substr(0, dash));
    const std::string_view right = trim(range.substr(dash + 1));
    if (left.empty()) return lastBytes(right, size);

    const std::optional<std::uint64_t> first = parseNumber(left);
    if (!first) return std::nullopt;
    if (right.empty()) {
        if (*first >= size) return std::nullopt;
        return RangeAnswer(PartOfFile{*first, size - 1});
    }
    const std::optional<std::uint64_t> last = parseNumber(right);
    if (!last || *last < *first) return std::nullopt;
    if (*first >= size) return RangeAnswer(BeyondEnd{});
    return RangeAnswer(PartOfFile{*first, std::min(*last, size - 1)});
}

} // namespace

RangeAnswer answerRange(std::string_view header, std::uint64_t size)
{
    constexpr std::string_view kUnit = "bytes=";
    if (!header.starts_with(kUnit)) return WholeFile{};
    std::string_view rest = header.substr(kUnit.size());
    std::optional<RangeAnswer> firstAnswer;
    for (;;) {
        const std::size_t comma = rest.find(',');
        const std::optional<RangeAnswer> answer = answerOne(trim(rest.substr(0, comma)), size);
        if (!answer) return WholeFile{};
        if (!firstAnswer) firstAnswer = answer;
        if (comma == std::string_view::npos) return *firstAnswer;
        rest.remove_prefix(comma + 1);
    }
}

} // namespace tarn::gateway::web
