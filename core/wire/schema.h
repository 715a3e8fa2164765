// schema: reads CBOR against a fixed shape. Errors are InvalidInput and begin with the path below
// what was read: ".share-numbers[3]: expected ...", so that each level puts its name in front.
#pragma once

#include "core/base/ids.h"
#include "core/codec/cbor.h"

#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::wire {

/// ": why"
Error schemaError(const std::string& why);
/// The error of something inside: `step` (".key", "[3]") goes in front.
Error below(const std::string& step, const Error& error);
/// "'key'", shortened, with unprintable bytes as \xNN.
std::string quotedKey(std::string_view key);

enum class KeyType { Text, Bytes };
enum class UnknownKeys { Refuse, Skip };

/// A map with exactly these keys, each once, in any order. `onKey(i)` reads the value of keys[i].
template <class OnKey>
Result<void> readMap(codec::CborReader& reader, std::span<const std::string_view> keys, OnKey onKey,
                     KeyType keyType = KeyType::Text, UnknownKeys unknown = UnknownKeys::Refuse);

/// An array of at most `most` items; `onItem(i)` reads one.
template <class OnItem>
Result<void> readArray(codec::CborReader& reader, std::size_t most, OnItem onItem);

/// The simple readers, with errors that begin ": ".
Result<std::uint64_t> readNumber(codec::CborReader& reader);
Result<ByteView> readByteString(codec::CborReader& reader);
Result<std::string_view> readTextString(codec::CborReader& reader);
Result<bool> readFlag(codec::CborReader& reader);
/// A number that fits a share number.
Result<ShareNumber> readShareNumber(codec::CborReader& reader);
/// Tag 258 around at most `most` share numbers.
Result<std::set<ShareNumber>> readShareSet(codec::CborReader& reader, std::size_t most);
/// Nothing may follow the message.
Result<void> readEnd(const codec::CborReader& reader);

namespace detail {
Result<std::string_view> readKey(codec::CborReader& reader, KeyType keyType);
Result<bool> readMore(codec::CborReader& reader);
Result<void> enterMap(codec::CborReader& reader);
Result<void> enterArray(codec::CborReader& reader);
Result<void> skipValue(codec::CborReader& reader);
/// Position of `key` in `keys`, or keys.size().
std::size_t positionOf(std::string_view key, std::span<const std::string_view> keys);
Result<void> checkAllSeen(std::span<const std::string_view> keys, const std::vector<bool>& seen);
Error tooMany(std::size_t most);
} // namespace detail

template <class OnKey>
Result<void> readMap(codec::CborReader& reader, std::span<const std::string_view> keys, OnKey onKey,
                     KeyType keyType, UnknownKeys unknown)
{
    TARN_TRY_VOID(detail::enterMap(reader));
    std::vector<bool> seen(keys.size(), false);
    while (true) {
        TARN_TRY(const bool more, detail::readMore(reader));
        if (!more) return detail::checkAllSeen(keys, seen);
        TARN_TRY(const std::string_view key, detail::readKey(reader, keyType));
        const std::size_t position = detail::positionOf(key, keys);
        if (position == keys.size()) {
            if (unknown == UnknownKeys::Refuse)
                return schemaError("unexpected key " + quotedKey(key));
            TARN_TRY_VOID(detail::skipValue(reader));
            continue;
        }
        if (seen[position]) return schemaError("repeated key " + quotedKey(key));
        seen[position] = true;
        const Result<void> value = onKey(position);
        if (!value) return below("." + std::string(keys[position]), value.error());
    }
}

template <class OnItem>
Result<void> readArray(codec::CborReader& reader, std::size_t most, OnItem onItem)
{
    TARN_TRY_VOID(detail::enterArray(reader));
    for (std::size_t i = 0;; ++i) {
        TARN_TRY(const bool more, detail::readMore(reader));
        if (!more) return ok();
        if (i == most) return detail::tooMany(most);
        const Result<void> item = onItem(i);
        if (!item) return below("[" + std::to_string(i) + "]", item.error());
    }
}

} // namespace tarn::wire
