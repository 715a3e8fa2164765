#include "storage-server/large_strings.h"

#include <algorithm>

namespace tarn::storage {

namespace {

constexpr unsigned kUnsigned = 0;
constexpr unsigned kByteString = 2;
constexpr unsigned kTextString = 3;
constexpr unsigned kSimple = 7;
constexpr unsigned kIndefinite = 31;
constexpr std::size_t kLongestKey = 6; ///< "offset"

} // namespace

std::size_t LargeStrings::headSize(std::byte first)
{
    const unsigned info = std::to_integer<unsigned>(first) & 31U;
    if (info < 24 || info > 27) return 1;
    return 1 + (std::size_t{1} << (info - 24));
}

LargeStrings::Head LargeStrings::parse(ByteView bytes)
{
    Head head;
    const auto first = std::to_integer<unsigned>(bytes.front());
    head.major = first >> 5U;
    head.info = first & 31U;
    if (bytes.size() == 1) head.value = head.info;
    for (const std::byte byte : bytes.subspan(1))
        head.value = head.value << 8U | std::to_integer<unsigned>(byte);
    return head;
}

bool LargeStrings::isLarge(const Head& head) const
{
    return head.major == kByteString && head.info < 28 && !m_chunks && head.value >= m_least &&
           head.value <= m_most && m_found < kMostStrings;
}

/// Of everything but large strings.
void LargeStrings::pass(const Head& head)
{
    const bool string = head.major == kByteString || head.major == kTextString;
    if (string && head.info < 28) {
        m_string = head.value;
        m_inKey = head.major == kTextString && head.value <= kLongestKey;
        if (head.major == kTextString) m_key.clear();
    } else if (string && head.info == kIndefinite) {
        m_chunks = true;
    } else if (head.major == kSimple && head.info == kIndefinite) {
        m_chunks = false;
    } else if (head.major == kUnsigned && m_key == "offset") {
        m_offset = head.value;
    }
}

void LargeStrings::passString(ByteView bytes)
{
    m_string -= bytes.size();
    if (m_inKey) m_key += asText(bytes);
}

BodyPart LargeStrings::beginLarge(const Head& head)
{
    BodyPart part;
    part.kind = BodyPart::Kind::Begin;
    part.bytes = kStandIn;
    part.size = head.value;
    if (m_key == "data") part.offset = m_offset;
    m_offset.reset();
    m_large = head.value;
    ++m_found;
    return part;
}

/// Of a head whose first bytes came with an earlier input.
BodyPart LargeStrings::finishHead(ByteView& input)
{
    const std::size_t whole = headSize(m_head.front());
    const std::size_t count = std::min(input.size(), whole - m_headSize);
    std::copy_n(input.begin(), count, m_head.begin() + static_cast<std::ptrdiff_t>(m_headSize));
    input = input.subspan(count);
    m_headSize += count;
    BodyPart part;
    if (m_headSize < whole) return part;
    m_headSize = 0;
    part.bytes = ByteView(m_head).first(whole);
    const Head head = parse(part.bytes);
    if (isLarge(head)) return beginLarge(head);
    pass(head);
    return part;
}

BodyPart LargeStrings::next(ByteView& input)
{
    BodyPart part;
    if (m_large > 0) {
        part.kind = BodyPart::Kind::Data;
        part.bytes = input.first(std::min<std::uint64_t>(m_large, input.size()));
        m_large -= part.bytes.size();
        input = input.subspan(part.bytes.size());
        return part;
    }
    if (m_headSize > 0) return finishHead(input);
    std::size_t at = 0;
    while (at < input.size()) {
        const ByteView rest = input.subspan(at);
        if (m_string > 0) {
            const ByteView piece = rest.first(std::min<std::uint64_t>(m_string, rest.size()));
            passString(piece);
            at += piece.size();
            continue;
        }
        const std::size_t size = headSize(rest.front());
        if (size > rest.size()) {
            std::copy(rest.begin(), rest.end(), m_head.begin());
            m_headSize = rest.size();
            part.bytes = input.first(at);
            input = {};
            return part;
        }
        const Head head = parse(rest.first(size));
        if (isLarge(head)) {
            if (at > 0) break;
            input = input.subspan(size);
            return beginLarge(head);
        }
        pass(head);
        at += size;
    }
    part.bytes = input.first(at);
    input = input.subspan(at);
    return part;
}

} // namespace tarn::storage
