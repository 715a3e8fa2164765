#include "core/cap/cap.h"

#include "core/cap/overloaded.h"
#include "core/codec/base32.h"

#include <type_traits>

namespace tarn::cap {

namespace {

std::string numbers(std::uint64_t needed, std::uint64_t total, std::uint64_t size)
{
    return std::to_string(needed) + ":" + std::to_string(total) + ":" + std::to_string(size);
}

std::string pair(ByteView first, ByteView second)
{
    return codec::encodeBase32(first) + ":" + codec::encodeBase32(second);
}

/// What follows the type in the strings of a file and of the directory stored in it.
std::string bodyOf(const FileCap& cap)
{
    return std::visit(
        Overloaded{
            [](const LiteralCap& c) { return codec::encodeBase32(c.data); },
            [](const ImmutableReadCap& c) {
                return pair(c.key.view(), c.uriExtensionHash) + ":" +
                       numbers(c.needed, c.total, c.size);
            },
            [](const ImmutableVerifyCap& c) {
                return pair(c.index, c.uriExtensionHash) + ":" + numbers(c.needed, c.total, c.size);
            },
            [](const MutableWriteCap& c) { return pair(c.writeKey.view(), c.fingerprint); },
            [](const MutableReadCap& c) { return pair(c.readKey.view(), c.fingerprint); },
            [](const MutableVerifyCap& c) { return pair(c.index, c.fingerprint); },
        },
        cap);
}

std::string fileType(const FileCap& cap)
{
    const auto family = [](MutableFormat format) -> std::string {
        return format == MutableFormat::Sdmf ? "SSK" : "MDMF";
    };
    return std::visit(Overloaded{
                          [](const LiteralCap&) -> std::string { return "LIT"; },
                          [](const ImmutableReadCap&) -> std::string { return "CHK"; },
                          [](const ImmutableVerifyCap&) -> std::string { return "CHK-Verifier"; },
                          [&](const MutableWriteCap& c) { return family(c.format); },
                          [&](const MutableReadCap& c) { return family(c.format) + "-RO"; },
                          [&](const MutableVerifyCap& c) { return family(c.format) + "-Verifier"; },
                      },
                      cap);
}

/// "DIR2" stands for SSK; the other families keep their names behind it.
std::string directoryType(const FileCap& cap)
{
    const std::string type = fileType(cap);
    return type.starts_with("SSK") ? "DIR2" + type.substr(3) : "DIR2-" + type;
}

/// Calls `act` with the file capability inside; unknown ones get `otherwise`.
template <class Act, class Value>
Value withFile(const Cap& cap, Value otherwise, Act act)
{
    return std::visit(
        [&](const auto& c) -> Value {
            using Kind = std::remove_cvref_t<decltype(c)>;
            if constexpr (std::is_same_v<Kind, UnknownCap>)
                return otherwise;
            else if constexpr (std::is_same_v<Kind, DirectoryCap>)
                return act(c.file);
            else
                return act(FileCap(c));
        },
        cap);
}

Cap asCap(const FileCap& file)
{
    return std::visit([](const auto& c) { return Cap(c); }, file);
}

/// `file` as a directory's capability if `like` is one.
Cap sameSort(const Cap& like, FileCap file)
{
    return isDirectory(like) ? Cap(DirectoryCap{std::move(file)}) : asCap(file);
}

template <class... Kinds>
bool isOneOf(const Cap& cap)
{
    return withFile(cap, false, [](const FileCap& file) {
        return (std::holds_alternative<Kinds>(file) || ...);
    });
}

std::optional<FileCap> verifyFile(const FileCap& file)
{
    return std::visit(
        Overloaded{
            [](const LiteralCap&) -> std::optional<FileCap> { return std::nullopt; },
            [](const ImmutableReadCap& c) -> std::optional<FileCap> { return verifyCapOf(c); },
            [](const MutableWriteCap& c) -> std::optional<FileCap> {
                return verifyCapOf(readCapOf(c));
            },
            [](const MutableReadCap& c) -> std::optional<FileCap> { return verifyCapOf(c); },
            [](const auto& verifier) -> std::optional<FileCap> { return verifier; },
        },
        file);
}

} // namespace

std::string printCap(const Cap& cap)
{
    if (const auto* unknown = std::get_if<UnknownCap>(&cap)) return unknown->text;
    return withFile(cap, std::string(), [&](const FileCap& file) {
        return "URI:" + (isDirectory(cap) ? directoryType(file) : fileType(file)) + ":" +
               bodyOf(file);
    });
}

bool isDirectory(const Cap& cap)
{
    return std::holds_alternative<DirectoryCap>(cap);
}

bool isLiteral(const Cap& cap)
{
    return isOneOf<LiteralCap>(cap);
}

bool isVerifier(const Cap& cap)
{
    return isOneOf<ImmutableVerifyCap, MutableVerifyCap>(cap);
}

bool isUnknown(const Cap& cap)
{
    return std::holds_alternative<UnknownCap>(cap);
}

bool isReadOnly(const Cap& cap)
{
    return !isOneOf<MutableWriteCap>(cap);
}

bool isMutable(const Cap& cap)
{
    return isOneOf<MutableWriteCap, MutableReadCap>(cap);
}

std::optional<StorageIndex> storageIndexOf(const Cap& cap)
{
    const std::optional<Cap> verifier = verifyOf(cap);
    if (!verifier) return std::nullopt;
    return withFile(*verifier, std::optional<StorageIndex>(), [](const FileCap& file) {
        return std::visit(Overloaded{
                              [](const ImmutableVerifyCap& c) { return std::optional(c.index); },
                              [](const MutableVerifyCap& c) { return std::optional(c.index); },
                              [](const auto&) { return std::optional<StorageIndex>(); },
                          },
                          file);
    });
}

std::optional<std::uint64_t> sizeOf(const Cap& cap)
{
    using Size = std::optional<std::uint64_t>;
    return withFile(cap, Size(), [](const FileCap& file) {
        return std::visit(Overloaded{
                              [](const LiteralCap& c) { return Size(c.data.size()); },
                              [](const ImmutableReadCap& c) { return Size(c.size); },
                              [](const ImmutableVerifyCap& c) { return Size(c.size); },
                              [](const auto&) { return Size(); },
                          },
                          file);
    });
}

Cap readOnlyOf(const Cap& cap)
{
    return withFile(cap, cap, [&](const FileCap& file) {
        const auto* write = std::get_if<MutableWriteCap>(&file);
        return write == nullptr ? cap : sameSort(cap, readCapOf(*write));
    });
}

std::optional<Cap> verifyOf(const Cap& cap)
{
    return withFile(cap, std::optional<Cap>(), [&](const FileCap& file) -> std::optional<Cap> {
        std::optional<FileCap> verifier = verifyFile(file);
        if (!verifier) return std::nullopt;
        return sameSort(cap, *std::move(verifier));
    });
}

std::optional<Cap> repairOf(const Cap& cap)
{
    if (isOneOf<MutableWriteCap>(cap)) return cap;
    if (isDirectory(cap)) return std::nullopt;
    if (isOneOf<ImmutableReadCap, ImmutableVerifyCap>(cap)) return verifyOf(cap);
    return std::nullopt;
}

std::string shortId(const Cap& cap)
{
    if (isUnknown(cap)) return "<unknown>";
    const std::optional<StorageIndex> index = storageIndexOf(cap);
    return index ? codec::encodeBase32(*index).substr(0, 5) : "<LIT>";
}

} // namespace tarn::cap
