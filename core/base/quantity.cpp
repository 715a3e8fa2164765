#include "core/base/quantity.h"

#include <boost/asio/ip/address.hpp>

#include <array>
#include <charconv>
#include <cstdio>
#include <limits>
#include <optional>

namespace tarn {

namespace {

struct Unit
{
    std::string_view name;
    std::uint64_t factor;
};

constexpr std::array<Unit, 13> kSizeUnits{{
    {"EiB", 1ULL << 60U},
    {"EB", 1'000'000'000'000'000'000},
    {"PiB", 1ULL << 50U},
    {"PB", 1'000'000'000'000'000},
    {"TiB", 1ULL << 40U},
    {"TB", 1'000'000'000'000},
    {"GiB", 1ULL << 30U},
    {"GB", 1'000'000'000},
    {"MiB", 1ULL << 20U},
    {"MB", 1'000'000},
    {"KiB", 1ULL << 10U},
    {"kB", 1000},
    {"B", 1},
}};

constexpr std::array<Unit, 5> kTimeUnits{{
    {"d", 86'400'000},
    {"h", 3'600'000},
    {"min", 60'000},
    {"s", 1000},
    {"ms", 1},
}};

constexpr std::uint64_t kLongestMs = 100ULL * 366 * 86'400'000;

char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool sameWithoutCase(std::string_view a, std::string_view b)
{
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (lower(a[i]) != lower(b[i])) return false;
    return true;
}

std::string_view trimmed(std::string_view text)
{
    while (!text.empty() && text.front() == ' ')
        text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ')
        text.remove_suffix(1);
    return text;
}

struct NumberAndUnit
{
    std::uint64_t number;
    std::string_view unit;
};

std::optional<NumberAndUnit> split(std::string_view text)
{
    text = trimmed(text);
    NumberAndUnit out{};
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), out.number, 10);
    if (error != std::errc()) return std::nullopt;
    out.unit = trimmed(text.substr(static_cast<std::size_t>(end - text.data())));
    return out;
}

std::optional<std::uint64_t> sizeFactor(std::string_view unit)
{
    if (unit.empty()) return 1;
    for (const Unit& known : kSizeUnits) {
        const bool full = sameWithoutCase(unit, known.name);
        const std::string_view shortName = known.name.substr(0, known.name.size() - 1);
        if (full || sameWithoutCase(unit, shortName)) return known.factor;
    }
    return std::nullopt;
}

std::string inLargestUnit(std::uint64_t value, std::span<const Unit> units)
{
    for (const Unit& unit : units) {
        if (unit.factor > 1 && value >= unit.factor && value % unit.factor == 0)
            return std::to_string(value / unit.factor) + " " + std::string(unit.name);
    }
    return std::to_string(value);
}

Error badSize(std::string_view text)
{
    return Error(ErrorCode::InvalidInput,
                 "expected a size such as 4096, \"1 GB\" or \"500 MiB\", got \"" +
                     std::string(text) + "\"");
}

Error badDuration(std::string_view text)
{
    return Error(ErrorCode::InvalidInput,
                 "expected a duration such as \"500 ms\", \"30 s\", \"10 min\", \"12 h\" or "
                 "\"7 d\", got \"" +
                     std::string(text) + "\"");
}

Error badAddress(std::string_view text)
{
    return Error(ErrorCode::InvalidInput,
                 "expected a numeric address and port such as \"127.0.0.1:41001\" or "
                 "\"[::1]:41001\", got \"" +
                     std::string(text) + "\"");
}

std::optional<std::uint16_t> parsePort(std::string_view text)
{
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port, 10);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return port;
}

} // namespace

Result<HostPort> parseHostPort(std::string_view text)
{
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return badAddress(text);
    std::string_view host = text.substr(0, colon);
    const std::optional<std::uint16_t> port = parsePort(text.substr(colon + 1));
    const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (bracketed) host = host.substr(1, host.size() - 2);
    boost::system::error_code failed;
    const asio::ip::address address = asio::ip::make_address(std::string(host), failed);
    const bool cut = host.find('\0') != std::string_view::npos; // make_address stops there
    if (failed || cut || !port || bracketed != address.is_v6()) return badAddress(text);
    HostPort out;
    out.host = address.to_string();
    out.port = *port;
    return out;
}

std::string textOf(const HostPort& address)
{
    const bool v6 = address.host.find(':') != std::string::npos;
    return (v6 ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

Result<std::uint64_t> parseByteSize(std::string_view text)
{
    const std::optional<NumberAndUnit> parts = split(text);
    if (!parts) return badSize(text);
    const std::optional<std::uint64_t> factor = sizeFactor(parts->unit);
    if (!factor || parts->number > std::numeric_limits<std::uint64_t>::max() / *factor)
        return badSize(text);
    return parts->number * *factor;
}

std::string byteSizeText(std::uint64_t bytes)
{
    return inLargestUnit(bytes, kSizeUnits);
}

std::string humanSize(std::uint64_t bytes)
{
    constexpr std::array<const char*, 7> kUnits{"B", "kB", "MB", "GB", "TB", "PB", "EB"};
    std::size_t unit = 0;
    auto value = static_cast<double>(bytes);
    while (value >= 999.95 && unit + 1 < kUnits.size()) {
        value /= 1000;
        ++unit;
    }
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), unit == 0 ? "%.0f %s" : "%.1f %s", value, kUnits[unit]);
    return text.data();
}

Result<Duration> parseDuration(std::string_view text)
{
    const std::optional<NumberAndUnit> parts = split(text);
    if (!parts) return badDuration(text);
    for (const Unit& unit : kTimeUnits) {
        if (parts->unit != unit.name) continue;
        if (parts->number > kLongestMs / unit.factor) return badDuration(text);
        return Duration(std::chrono::milliseconds(parts->number * unit.factor));
    }
    return badDuration(text);
}

std::string durationText(Duration duration)
{
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
    const std::string text = inLargestUnit(ms > 0 ? static_cast<std::uint64_t>(ms) : 0, kTimeUnits);
    return text.find(' ') == std::string::npos ? text + " ms" : text;
}

} // namespace tarn
