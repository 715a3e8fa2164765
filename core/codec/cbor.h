// cbor: a writer of the shortest definite forms and a reader that pulls items out of bytes it only
// borrows. Pure, any thread. Source: RFC 8949, through libcbor's stream decoder and encoders.
#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"

#include <array>
#include <cstdint>
#include <deque>
#include <string_view>

namespace tarn::codec {

inline constexpr std::uint64_t kCborSetTag = 258;
/// Arrays and maps inside each other.
inline constexpr std::size_t kMaxCborDepth = 16;

/// Appends items. The caller keeps counts and contents in step.
class CborWriter
{
public:
    void number(std::uint64_t value);
    void bytes(ByteView value);
    /// The head of a byte string alone: its `size` bytes are sent after it by other means.
    void bytesHead(std::uint64_t size);
    /// \param value  UTF-8.
    void text(std::string_view value);
    void array(std::uint64_t items);
    void map(std::uint64_t pairs);
    void tag(std::uint64_t number);
    /// Tag 258 and an array.
    void set(std::uint64_t items);
    void boolean(bool value);
    void null();

    const Bytes& written() const { return m_out; }
    Bytes take() { return std::move(m_out); }

private:
    Bytes m_out;
};

enum class CborType {
    Unsigned,
    Negative,
    ByteString,
    TextString,
    Array,
    Map,
    Tag,
    Boolean,
    Null,
    Undefined,
    Float,
    Break, ///< ends an indefinite length
};
std::string_view nameOf(CborType type); ///< "a byte string"

/// Strings that came in several chunks, joined. Outlives the views that a reader hands out.
using CborJoined = std::deque<Bytes>;

/// Reads one item after another. Indefinite lengths and numbers longer than needed are taken.
/// Every call takes what it names or returns InvalidInput "cbor at byte N: ...", after which the
/// reader is of no more use. Memory does not depend on what the bytes claim: only chunked strings
/// are copied, into `joined`, and only what is there.
///
///     TARN_TRY_VOID(reader.enterMap());
///     for (;;) {
///         TARN_TRY(const bool more, reader.more());   // leaves the map after its last pair
///         if (!more) break;
///         TARN_TRY(const std::string_view key, reader.readText());
///         ...
///     }
///     TARN_TRY_VOID(reader.finish());
class CborReader
{
public:
    /// Both outlive the views that are handed out.
    CborReader(ByteView input, CborJoined& joined) : m_input(input), m_joined(joined) {}

    /// Offset of the next item.
    std::size_t position() const { return m_at; }
    /// Type of the next item, which stays.
    Result<CborType> peek() const;

    Result<std::uint64_t> readUnsigned();
    /// readUnsigned, or a tagged big number; what does not fit comes as 2^64 - 1.
    Result<std::uint64_t> readUnsignedSaturated();
    Result<ByteView> readBytes();
    /// Checked to be UTF-8.
    Result<std::string_view> readText();
    Result<bool> readBoolean();
    Result<void> readNull();
    /// The tag's number; the tagged item comes next.
    Result<std::uint64_t> readTag();

    Result<void> enterArray();
    Result<void> enterMap();
    /// Tag 258 and its array.
    Result<void> enterSet();
    /// Whether the innermost array or map has another item (in a map, key and value are two);
    /// false leaves it.
    Result<bool> more();

    /// Passes over one item with all that it holds.
    Result<void> skip();
    /// Nothing is open and nothing follows.
    Result<void> finish() const;

    /// For errors in what the items mean: "cbor at byte N: why".
    Error refused(std::string_view why) const;

private:
    struct Head;
    struct Level
    {
        std::uint64_t left = 0; ///< items to come; counted upwards when indefinite
        bool indefinite = false;
        bool isMap = false;
    };

    Result<Head> look(std::size_t at) const;
    Result<Head> next() const;
    Result<Head> expect(CborType type) const;
    void consume(const Head& head);
    Result<void> push(const Head& head);
    Result<ByteView> readString(CborType type);
    Result<std::size_t> endOfChunks(CborType type, std::size_t at, Bytes* into) const;
    Error refusedAt(std::size_t at, std::string_view why) const;

    ByteView m_input;
    CborJoined& m_joined;
    std::size_t m_at = 0;
    bool m_tagged = false; ///< a tag waits for its item
    std::size_t m_depth = 0;
    std::array<Level, kMaxCborDepth> m_levels{};
};

} // namespace tarn::codec
