#include "storage-server/store_paths.h"

#include "core/codec/base32.h"

#include <charconv>

namespace tarn::storage {

namespace {

constexpr std::string_view kAlphabet = "abcdefghijklmnopqrstuvwxyz234567";
constexpr std::size_t kIndexLength = 26;
constexpr std::size_t kShownLength = 5;

/// "SSSS" and "SSSS.NUM"
bool beginsWithIndex(std::string_view name)
{
    if (name.size() < kIndexLength) return false;
    if (name.substr(0, kIndexLength).find_first_not_of(kAlphabet) != std::string_view::npos)
        return false;
    return name.size() == kIndexLength || name[kIndexLength] == '.';
}

} // namespace

std::string nameOf(const StorageIndex& index)
{
    return codec::encodeBase32(index.view());
}

std::string prefixName(unsigned number)
{
    return {kAlphabet[(number >> 5U) & 31U], kAlphabet[number & 31U]};
}

unsigned prefixNumber(const StorageIndex& index)
{
    return loadBig<std::uint16_t>(index.view(), 0) >> 6U;
}

std::string prefixDirectory(const StorageIndex& index)
{
    return below(kSharesDirectory, prefixName(prefixNumber(index)));
}

std::string bucketDirectory(const StorageIndex& index)
{
    return below(prefixDirectory(index), nameOf(index));
}

std::string sharePath(const StorageIndex& index, ShareNumber share)
{
    return below(bucketDirectory(index), std::to_string(share.value));
}

std::string incomingPath(const StorageIndex& index, ShareNumber share)
{
    std::string path = below(kIncomingDirectory, nameOf(index));
    path += '.';
    path += std::to_string(share.value);
    return path;
}

std::string stagedPath(std::string_view uniqueName)
{
    std::string path = below(kIncomingDirectory, uniqueName);
    path += ".new";
    return path;
}

std::string below(std::string_view directory, std::string_view name)
{
    std::string path;
    path.reserve(directory.size() + 1 + name.size());
    path += directory;
    path += '/';
    path += name;
    return path;
}

std::string parentOf(const std::string& path)
{
    const std::size_t slash = path.rfind('/');
    return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

std::string shownPath(std::string_view path)
{
    std::string out;
    for (;;) {
        const std::size_t slash = path.find('/');
        const std::string_view name = path.substr(0, slash);
        const bool index = beginsWithIndex(name);
        out += index ? name.substr(0, kShownLength) : name;
        if (index) out += "..";
        if (index) out += name.substr(kIndexLength);
        if (slash == std::string_view::npos) return out;
        out += '/';
        path.remove_prefix(slash + 1);
    }
}

std::optional<ShareNumber> parseShareName(std::string_view name)
{
    if (name.empty() || (name.size() > 1 && name[0] == '0')) return std::nullopt;
    ShareNumber share;
    const char* const end = name.data() + name.size();
    const auto [stopped, error] = std::from_chars(name.data(), end, share.value);
    if (error != std::errc() || stopped != end) return std::nullopt;
    return share;
}

} // namespace tarn::storage
