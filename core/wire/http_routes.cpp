#include "core/wire/http_routes.h"

#include "core/codec/base32.h"

#include <array>
#include <charconv>
#include <optional>

namespace tarn::wire {

namespace {

using storage_api::ShareKind;

constexpr std::string_view kPrefix = "/storage/v1/";
constexpr std::size_t kIndexCharacters = 26;

struct Pattern
{
    Operation operation;
    ShareKind kind;
    std::string_view method;
    std::string_view path; ///< below kPrefix; ":si" and ":n" stand for values
};

constexpr std::array<Pattern, 12> kPatterns{{
    {Operation::Version, ShareKind::Immutable, "GET", "version"},
    {Operation::AddLease, ShareKind::Immutable, "PUT", "lease/:si"},
    {Operation::Allocate, ShareKind::Immutable, "POST", "immutable/:si"},
    {Operation::ListShares, ShareKind::Immutable, "GET", "immutable/:si/shares"},
    {Operation::ReadShare, ShareKind::Immutable, "GET", "immutable/:si/:n"},
    {Operation::WriteShare, ShareKind::Immutable, "PATCH", "immutable/:si/:n"},
    {Operation::AbortShare, ShareKind::Immutable, "PUT", "immutable/:si/:n/abort"},
    {Operation::AdviseCorrupt, ShareKind::Immutable, "POST", "immutable/:si/:n/corrupt"},
    {Operation::ReadTestWrite, ShareKind::Mutable, "POST", "mutable/:si/read-test-write"},
    {Operation::ListShares, ShareKind::Mutable, "GET", "mutable/:si/shares"},
    {Operation::ReadShare, ShareKind::Mutable, "GET", "mutable/:si/:n"},
    {Operation::AdviseCorrupt, ShareKind::Mutable, "POST", "mutable/:si/:n/corrupt"},
}};

/// Takes the first segment off `path`. "a/b" gives "a" and leaves "b"; "a" leaves nothing.
std::string_view takeSegment(std::optional<std::string_view>& path)
{
    const std::size_t slash = path->find('/');
    const std::string_view segment = path->substr(0, slash);
    if (slash == std::string_view::npos)
        path.reset();
    else
        path->remove_prefix(slash + 1);
    return segment;
}

std::optional<ShareNumber> parseShareNumber(std::string_view text)
{
    ShareNumber out;
    const char* const end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data(), end, out.value, 10);
    if (error != std::errc() || at != end) return std::nullopt;
    return out;
}

/// Whether `path` has the pattern's segments, whatever its values are: to read those costs more.
bool hasShape(std::string_view pattern, std::string_view path)
{
    std::optional<std::string_view> expected = pattern;
    std::optional<std::string_view> given = path;
    while (expected && given) {
        const std::string_view wanted = takeSegment(expected);
        const std::string_view segment = takeSegment(given);
        if (!wanted.starts_with(':') && segment != wanted) return false;
    }
    return !expected && !given;
}

bool matchSegment(std::string_view pattern, std::string_view segment, Route& route)
{
    if (pattern == ":si") {
        const Result<StorageIndex> index = parseStorageIndex(segment);
        if (index) route.index = *index;
        return index.has_value();
    }
    if (pattern == ":n") {
        const std::optional<ShareNumber> number = parseShareNumber(segment);
        if (number) route.share = *number;
        return number.has_value();
    }
    return pattern == segment;
}

/// \param path  below kPrefix.
std::optional<Route> match(const Pattern& pattern, std::string_view path)
{
    if (!hasShape(pattern.path, path)) return std::nullopt;
    Route route;
    route.operation = pattern.operation;
    route.kind = pattern.kind;
    std::optional<std::string_view> expected = pattern.path;
    std::optional<std::string_view> given = path;
    while (expected && given) {
        const std::string_view segment = takeSegment(given);
        if (!matchSegment(takeSegment(expected), segment, route)) return std::nullopt;
    }
    return route;
}

const Pattern& patternOf(Operation operation, ShareKind kind)
{
    const Pattern* found = &kPatterns.front();
    for (const Pattern& pattern : kPatterns) {
        if (pattern.operation != operation) continue;
        found = &pattern;
        if (pattern.kind == kind) break;
    }
    return *found;
}

} // namespace

std::variant<Route, RouteRefusal> findRoute(std::string_view method, std::string_view path)
{
    RouteRefusal refusal;
    if (!path.starts_with(kPrefix)) return refusal;
    path.remove_prefix(kPrefix.size());
    for (const Pattern& pattern : kPatterns) {
        const std::optional<Route> route = match(pattern, path);
        if (!route) continue;
        const bool readable = pattern.method == "GET";
        if (method == pattern.method || (readable && method == "HEAD")) return *route;
        refusal.status = 405;
        refusal.allow += refusal.allow.empty() ? "" : ", ";
        refusal.allow += pattern.method;
        if (readable) refusal.allow += ", HEAD";
    }
    return refusal;
}

std::string_view methodOf(Operation operation)
{
    return patternOf(operation, ShareKind::Immutable).method;
}

std::string pathOf(const Route& route)
{
    std::string out(kPrefix.substr(0, kPrefix.size() - 1));
    std::optional<std::string_view> pattern = patternOf(route.operation, route.kind).path;
    while (pattern) {
        const std::string_view segment = takeSegment(pattern);
        out += '/';
        if (segment == ":si")
            out += textOf(route.index);
        else if (segment == ":n")
            out += std::to_string(route.share.value);
        else
            out += segment;
    }
    return out;
}

std::string textOf(const StorageIndex& index)
{
    return codec::encodeBase32(index.view());
}

Result<StorageIndex> parseStorageIndex(std::string_view text)
{
    if (text.size() != kIndexCharacters)
        return Error(ErrorCode::InvalidInput, "expected 26 characters of base32");
    TARN_TRY(const Bytes bytes, codec::decodeBase32Lax(text));
    return StorageIndex::from(bytes);
}

} // namespace tarn::wire
