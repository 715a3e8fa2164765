#include "core/codec/cbor.h"
#include "core/codec/utf8.h"

#include <cbor.h>

#include <limits>
#include <string>

namespace tarn::codec {

/// One item without what it holds.
struct CborReader::Head
{
    CborType type = CborType::Undefined;
    /// The number, tag number, count of items or pairs; 0 and 1 for false and true.
    std::uint64_t value = 0;
    ByteView string; ///< of a string with a definite length
    bool indefinite = false;
    std::size_t at = 0;   ///< where it begins
    std::size_t size = 0; ///< bytes of head and definite string
};

namespace {

constexpr std::uint64_t kPositiveBigNumberTag = 2;
/// Heads of the tags from 0 to 23.
constexpr unsigned kFirstShortTag = 0xc0;
constexpr unsigned kLastShortTag = 0xd7;

/// What libcbor's callbacks are told, in one shape.
struct Seen
{
    CborType type = CborType::Undefined;
    std::uint64_t value = 0;
    ByteView string;
    bool indefinite = false;
};

template <CborType type, class Number>
void sawNumber(void* context, Number value)
{
    *static_cast<Seen*>(context) = {type, static_cast<std::uint64_t>(value), {}, false};
}

template <CborType type>
void sawString(void* context, cbor_data data, std::size_t size)
{
    *static_cast<Seen*>(context) = {type, size, std::as_bytes(std::span(data, size)), false};
}

template <CborType type>
void sawIndefinite(void* context)
{
    *static_cast<Seen*>(context) = {type, 0, {}, true};
}

template <CborType type>
void sawSimple(void* context)
{
    *static_cast<Seen*>(context) = {type, 0, {}, false};
}

template <class Real>
void sawFloat(void* context, Real /*value*/)
{
    sawSimple<CborType::Float>(context);
}

cbor_callbacks makeCallbacks()
{
    cbor_callbacks callbacks = cbor_empty_callbacks;
    callbacks.uint8 = sawNumber<CborType::Unsigned>;
    callbacks.uint16 = sawNumber<CborType::Unsigned>;
    callbacks.uint32 = sawNumber<CborType::Unsigned>;
    callbacks.uint64 = sawNumber<CborType::Unsigned>;
    callbacks.negint8 = sawNumber<CborType::Negative>;
    callbacks.negint16 = sawNumber<CborType::Negative>;
    callbacks.negint32 = sawNumber<CborType::Negative>;
    callbacks.negint64 = sawNumber<CborType::Negative>;
    callbacks.byte_string = sawString<CborType::ByteString>;
    callbacks.byte_string_start = sawIndefinite<CborType::ByteString>;
    callbacks.string = sawString<CborType::TextString>;
    callbacks.string_start = sawIndefinite<CborType::TextString>;
    callbacks.array_start = sawNumber<CborType::Array>;
    callbacks.indef_array_start = sawIndefinite<CborType::Array>;
    callbacks.map_start = sawNumber<CborType::Map>;
    callbacks.indef_map_start = sawIndefinite<CborType::Map>;
    callbacks.tag = sawNumber<CborType::Tag>;
    callbacks.boolean = sawNumber<CborType::Boolean>;
    callbacks.null = sawSimple<CborType::Null>;
    callbacks.undefined = sawSimple<CborType::Undefined>;
    callbacks.float2 = sawFloat<float>;
    callbacks.float4 = sawFloat<float>;
    callbacks.float8 = sawFloat<double>;
    callbacks.indef_break = sawSimple<CborType::Break>;
    return callbacks;
}

} // namespace

std::string_view nameOf(CborType type)
{
    switch (type) {
    case CborType::Unsigned:
        return "an unsigned number";
    case CborType::Negative:
        return "a negative number";
    case CborType::ByteString:
        return "a byte string";
    case CborType::TextString:
        return "a text string";
    case CborType::Array:
        return "an array";
    case CborType::Map:
        return "a map";
    case CborType::Tag:
        return "a tag";
    case CborType::Boolean:
        return "a boolean";
    case CborType::Null:
        return "null";
    case CborType::Undefined:
        return "undefined";
    case CborType::Float:
        return "a floating-point number";
    case CborType::Break:
        return "a break";
    }
    return "unknown";
}

Error CborReader::refusedAt(std::size_t at, std::string_view why) const
{
    return Error(ErrorCode::InvalidInput,
                 "cbor at byte " + std::to_string(at) + ": " + std::string(why));
}

Error CborReader::refused(std::string_view why) const
{
    return refusedAt(m_at, why);
}

Result<CborReader::Head> CborReader::look(std::size_t at) const
{
    static const cbor_callbacks callbacks = makeCallbacks();
    const ByteView rest = m_input.subspan(at);
    if (rest.empty()) return refusedAt(at, "cut off where an item must follow");
    // libcbor 0.8 refuses the tags from 6 to 20 in their one-byte form.
    const unsigned first = std::to_integer<unsigned>(rest[0]);
    if (first >= kFirstShortTag && first <= kLastShortTag)
        return Head{CborType::Tag, first - kFirstShortTag, {}, false, at, 1};
    Seen seen;
    const cbor_decoder_result result = cbor_stream_decode(reinterpret_cast<cbor_data>(rest.data()),
                                                          rest.size(), &callbacks, &seen);
    if (result.status == CBOR_DECODER_NEDATA) return refusedAt(at, "item cut off");
    if (result.status != CBOR_DECODER_FINISHED) return refusedAt(at, "malformed item");
    const std::uint64_t behind = rest.size() - result.read;
    const bool holdsItems = seen.type == CborType::Array || seen.type == CborType::Map;
    const std::uint64_t bytesEach = seen.type == CborType::Map ? 2 : 1;
    if (holdsItems && seen.value > behind / bytesEach)
        return refusedAt(at, "claims more items than bytes follow");
    return Head{seen.type, seen.value, seen.string, seen.indefinite, at, result.read};
}

Result<CborReader::Head> CborReader::next() const
{
    const bool ended =
        m_depth > 0 && !m_levels[m_depth - 1].indefinite && m_levels[m_depth - 1].left == 0;
    if (ended) return refused("no item is left in this array or map");
    return look(m_at);
}

Result<CborReader::Head> CborReader::expect(CborType type) const
{
    TARN_TRY(const Head head, next());
    if (head.type != type) {
        return refused("expected " + std::string(nameOf(type)) + ", found " +
                       std::string(nameOf(head.type)));
    }
    return head;
}

/// The item is over, or entered: its head counts in the level around it.
void CborReader::consume(const Head& head)
{
    m_at = head.at + head.size;
    m_tagged = head.type == CborType::Tag;
    if (m_depth == 0 || m_tagged) return;
    Level& level = m_levels[m_depth - 1];
    level.left = level.indefinite ? level.left + 1 : level.left - 1;
}

Result<CborType> CborReader::peek() const
{
    TARN_TRY(const Head head, next());
    return head.type;
}

Result<std::uint64_t> CborReader::readUnsigned()
{
    TARN_TRY(const Head head, expect(CborType::Unsigned));
    consume(head);
    return head.value;
}

Result<std::uint64_t> CborReader::readUnsignedSaturated()
{
    TARN_TRY(const CborType type, peek());
    if (type != CborType::Tag) return readUnsigned();
    TARN_TRY(const Head tag, expect(CborType::Tag));
    if (tag.value != kPositiveBigNumberTag)
        return refused("expected a number, found tag " + std::to_string(tag.value));
    consume(tag);
    TARN_TRY(const ByteView digits, readString(CborType::ByteString));
    std::uint64_t value = 0;
    for (const std::byte digit : digits) {
        if (value >> 56U != 0) return std::numeric_limits<std::uint64_t>::max();
        value = (value << 8U) | std::to_integer<std::uint64_t>(digit);
    }
    return value;
}

Result<ByteView> CborReader::readBytes()
{
    return readString(CborType::ByteString);
}

Result<std::string_view> CborReader::readText()
{
    const std::size_t at = m_at;
    TARN_TRY(const ByteView text, readString(CborType::TextString));
    if (!isUtf8(text)) {
        m_at = at;
        return refused("text string is not UTF-8");
    }
    return asText(text);
}

Result<ByteView> CborReader::readString(CborType type)
{
    TARN_TRY(Head head, expect(type));
    if (!head.indefinite) {
        consume(head);
        return head.string;
    }
    Bytes joined;
    TARN_TRY(const std::size_t end, endOfChunks(type, m_at + head.size, &joined));
    head.size = end - head.at;
    consume(head);
    return ByteView(m_joined.emplace_back(std::move(joined)));
}

/// \param at  after the head of an indefinite string.
/// \param into  gets the chunks; may be null.
/// \return the place after its break.
Result<std::size_t> CborReader::endOfChunks(CborType type, std::size_t at, Bytes* into) const
{
    for (;;) {
        TARN_TRY(const Head chunk, look(at));
        at += chunk.size;
        if (chunk.type == CborType::Break) return at;
        if (chunk.type != type || chunk.indefinite) {
            return refusedAt(chunk.at, "expected a chunk of " + std::string(nameOf(type)) +
                                           ", found " + std::string(nameOf(chunk.type)));
        }
        if (into != nullptr) append(*into, chunk.string);
    }
}

Result<bool> CborReader::readBoolean()
{
    TARN_TRY(const Head head, expect(CborType::Boolean));
    consume(head);
    return head.value != 0;
}

Result<void> CborReader::readNull()
{
    TARN_TRY(const Head head, expect(CborType::Null));
    consume(head);
    return ok();
}

Result<std::uint64_t> CborReader::readTag()
{
    TARN_TRY(const Head head, expect(CborType::Tag));
    consume(head);
    return head.value;
}

Result<void> CborReader::enterArray()
{
    TARN_TRY(const Head head, expect(CborType::Array));
    return push(head);
}

Result<void> CborReader::enterMap()
{
    TARN_TRY(const Head head, expect(CborType::Map));
    return push(head);
}

Result<void> CborReader::enterSet()
{
    TARN_TRY(const Head tag, expect(CborType::Tag));
    if (tag.value != kCborSetTag)
        return refused("expected a set (tag 258), found tag " + std::to_string(tag.value));
    consume(tag);
    return enterArray();
}

Result<void> CborReader::push(const Head& head)
{
    if (m_depth == kMaxCborDepth) return refused("nested too deep");
    consume(head);
    const bool isMap = head.type == CborType::Map;
    m_levels[m_depth++] = {isMap ? 2 * head.value : head.value, head.indefinite, isMap};
    return ok();
}

Result<bool> CborReader::more()
{
    if (m_depth == 0) return refused("no array or map is open");
    const Level& level = m_levels[m_depth - 1];
    if (level.indefinite) {
        TARN_TRY(const Head head, look(m_at));
        if (head.type != CborType::Break) return true;
        if (m_tagged) return refused("break between a tag and its item");
        if (level.isMap && level.left % 2 != 0) return refused("break between a key and its value");
        m_at += head.size;
    } else if (level.left > 0) {
        return true;
    }
    --m_depth;
    return false;
}

Result<void> CborReader::skip()
{
    const std::size_t outside = m_depth;
    for (;;) {
        TARN_TRY(Head head, next());
        if (head.type == CborType::Break) return refused("expected an item, found a break");
        if (head.type == CborType::Array || head.type == CborType::Map) {
            TARN_TRY_VOID(push(head));
        } else {
            const bool isString =
                head.type == CborType::ByteString || head.type == CborType::TextString;
            if (isString && head.indefinite) {
                TARN_TRY(const std::size_t end, endOfChunks(head.type, m_at + head.size, nullptr));
                head.size = end - head.at;
            }
            consume(head);
            if (m_tagged) continue;
        }
        for (bool inside = false; !inside;) {
            if (m_depth == outside) return ok();
            TARN_TRY(inside, more());
        }
    }
}

Result<void> CborReader::finish() const
{
    if (m_depth > 0) return refused("an array or map is still open");
    if (m_tagged) return refused("a tag without its item");
    if (m_at < m_input.size()) return refused("more bytes follow");
    return ok();
}

} // namespace tarn::codec
