#include "core/wire/content_range.h"

#include <charconv>
#include <cstdint>
#include <limits>

namespace tarn::wire {

namespace {

constexpr std::string_view kBlank = " \t";
/// Larger numbers read as this one: past the end of every share, and one more still fits.
constexpr std::uint64_t kFarPosition = std::numeric_limits<std::uint64_t>::max() - 1;

std::string_view trimmed(std::string_view text)
{
    const std::size_t first = text.find_first_not_of(kBlank);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::optional<std::uint64_t> parsePosition(std::string_view text)
{
    text = trimmed(text);
    std::uint64_t out = 0;
    const char* const end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data(), end, out, 10);
    if (at != end || text.empty() || error == std::errc::invalid_argument) return std::nullopt;
    if (error != std::errc() || out > kFarPosition) return kFarPosition;
    return out;
}

/// "A-B"
std::optional<ByteRange> parsePositions(std::string_view text)
{
    const std::size_t dash = text.find('-');
    if (dash == std::string_view::npos) return std::nullopt;
    const std::optional<std::uint64_t> first = parsePosition(text.substr(0, dash));
    const std::optional<std::uint64_t> last = parsePosition(text.substr(dash + 1));
    if (!first || !last || *last < *first) return std::nullopt;
    ByteRange out;
    out.begin = *first;
    out.end = *last + 1;
    return out;
}

bool isBytesUnit(std::string_view unit)
{
    constexpr std::string_view kUnit = "bytes";
    if (unit.size() != kUnit.size()) return false;
    for (std::size_t i = 0; i < unit.size(); ++i)
        if ((static_cast<unsigned char>(unit[i]) | 0x20U) != static_cast<unsigned char>(kUnit[i]))
            return false;
    return true;
}

Error badRange()
{
    return Error(ErrorCode::InvalidInput, "expected Range: bytes=FIRST-LAST");
}

Error badContentRange()
{
    return Error(ErrorCode::InvalidInput, "expected Content-Range: bytes FIRST-LAST/*");
}

std::string positions(ByteRange range)
{
    return std::to_string(range.begin) + "-" + std::to_string(range.end - 1);
}

} // namespace

Result<ByteRange> parseRange(std::string_view header)
{
    const std::size_t equals = header.find('=');
    if (equals == std::string_view::npos || !isBytesUnit(trimmed(header.substr(0, equals))))
        return badRange();
    const std::optional<ByteRange> range = parsePositions(header.substr(equals + 1));
    if (!range) return badRange();
    return *range;
}

std::string rangeHeader(ByteRange range)
{
    return "bytes=" + positions(range);
}

Result<ByteRange> parseContentRange(std::string_view header)
{
    constexpr std::string_view kUnit = "bytes ";
    header = trimmed(header);
    const std::size_t slash = header.find('/');
    if (!header.starts_with(kUnit) || slash == std::string_view::npos) return badContentRange();
    const std::string_view total = header.substr(slash + 1);
    const std::optional<std::uint64_t> length =
        total == "*" ? std::optional(kFarPosition + 1) : parsePosition(total);
    if (!length) return badContentRange();
    const std::string_view inner = header.substr(kUnit.size(), slash - kUnit.size());
    if (inner == "*") return Error(ErrorCode::Unsupported, "Content-Range names no range of bytes");
    const std::optional<ByteRange> range = parsePositions(inner);
    if (!range || range->begin >= *length) return badContentRange();
    return *range;
}

std::string contentRangeHeader(ByteRange range, std::optional<std::uint64_t> total)
{
    return "bytes " + positions(range) + "/" + (total ? std::to_string(*total) : "*");
}

} // namespace tarn::wire
