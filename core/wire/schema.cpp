#include "core/wire/schema.h"

#include <algorithm>
#include <limits>

namespace tarn::wire {

namespace {

constexpr std::size_t kShownKeyBytes = 40;

/// The reader's own error as the end of a path.
template <class T>
Result<T> leaf(Result<T> result)
{
    if (result) return result;
    return std::move(result).error().within("");
}

} // namespace

Error schemaError(const std::string& why)
{
    return Error(ErrorCode::InvalidInput, ": " + why);
}

Error below(const std::string& step, const Error& error)
{
    return Error(error.code(), step + error.message());
}

std::string quotedKey(std::string_view key)
{
    constexpr std::string_view kHex = "0123456789abcdef";
    std::string out = "'";
    for (const char c : key.substr(0, kShownKeyBytes)) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte < 0x7f && c != '\'' && c != '\\') {
            out += c;
        } else {
            out += "\\x";
            out += kHex[byte >> 4U];
            out += kHex[byte & 15U];
        }
    }
    return out + (key.size() > kShownKeyBytes ? "...'" : "'");
}

Result<std::uint64_t> readNumber(codec::CborReader& reader)
{
    return leaf(reader.readUnsigned());
}

Result<ByteView> readByteString(codec::CborReader& reader)
{
    return leaf(reader.readBytes());
}

Result<std::string_view> readTextString(codec::CborReader& reader)
{
    return leaf(reader.readText());
}

Result<bool> readFlag(codec::CborReader& reader)
{
    return leaf(reader.readBoolean());
}

Result<ShareNumber> readShareNumber(codec::CborReader& reader)
{
    TARN_TRY(const std::uint64_t number, readNumber(reader));
    constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();
    if (number > kMost) return schemaError("share number above " + std::to_string(kMost));
    ShareNumber out;
    out.value = static_cast<std::uint32_t>(number);
    return out;
}

Result<std::set<ShareNumber>> readShareSet(codec::CborReader& reader, std::size_t most)
{
    TARN_TRY_VOID(leaf(reader.enterSet()));
    std::set<ShareNumber> out;
    for (std::size_t i = 0;; ++i) {
        TARN_TRY(const bool more, detail::readMore(reader));
        if (!more) return out;
        if (i == most) return detail::tooMany(most);
        const Result<ShareNumber> number = readShareNumber(reader);
        if (!number) return below("[" + std::to_string(i) + "]", number.error());
        out.insert(*number);
    }
}

Result<void> readEnd(const codec::CborReader& reader)
{
    return leaf(reader.finish());
}

namespace detail {

Result<std::string_view> readKey(codec::CborReader& reader, KeyType keyType)
{
    if (keyType == KeyType::Text) return readTextString(reader);
    TARN_TRY(const ByteView key, readByteString(reader));
    return asText(key);
}

Result<bool> readMore(codec::CborReader& reader)
{
    return leaf(reader.more());
}

Result<void> enterMap(codec::CborReader& reader)
{
    return leaf(reader.enterMap());
}

Result<void> enterArray(codec::CborReader& reader)
{
    return leaf(reader.enterArray());
}

Result<void> skipValue(codec::CborReader& reader)
{
    return leaf(reader.skip());
}

std::size_t positionOf(std::string_view key, std::span<const std::string_view> keys)
{
    return static_cast<std::size_t>(std::find(keys.begin(), keys.end(), key) - keys.begin());
}

Result<void> checkAllSeen(std::span<const std::string_view> keys, const std::vector<bool>& seen)
{
    for (std::size_t i = 0; i < keys.size(); ++i)
        if (!seen[i]) return schemaError("missing key " + quotedKey(keys[i]));
    return ok();
}

Error tooMany(std::size_t most)
{
    return schemaError("more than " + std::to_string(most) + " items");
}

} // namespace detail

} // namespace tarn::wire
