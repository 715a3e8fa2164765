#include "core/codec/netstring.h"

#include <charconv>

namespace tarn::codec {

namespace {

bool isDigit(char character)
{
    return character >= '0' && character <= '9';
}

} // namespace

void appendNetstring(Bytes& to, ByteView value)
{
    append(to, asBytes(std::to_string(value.size())));
    to.push_back(std::byte{':'});
    append(to, value);
    to.push_back(std::byte{','});
}

Error NetstringReader::refused(std::size_t at, const char* why) const
{
    return Error(ErrorCode::InvalidInput, "netstring at byte " + std::to_string(m_at) + ": " + why +
                                              " at byte " + std::to_string(at));
}

Result<std::size_t> NetstringReader::readLength(std::size_t& at) const
{
    const std::string_view text = asText(m_input);
    std::size_t end = at;
    while (end < text.size() && isDigit(text[end]))
        ++end;
    if (end == at) return refused(at, "no decimal length");
    if (end - at > 1 && text[at] == '0') return refused(at, "length with a leading zero");
    std::size_t length = 0;
    const auto parsed = std::from_chars(text.data() + at, text.data() + end, length);
    if (parsed.ec != std::errc() || length > m_maxValueBytes)
        return refused(at, "length above the limit");
    if (end == text.size() || text[end] != ':') return refused(end, "no ':' after the length");
    at = end + 1;
    return length;
}

Result<ByteView> NetstringReader::next()
{
    std::size_t at = m_at;
    TARN_TRY(const std::size_t length, readLength(at));
    if (m_input.size() - at < length) return refused(m_input.size(), "value cut off");
    const ByteView value = m_input.subspan(at, length);
    at += length;
    if (at == m_input.size() || m_input[at] != std::byte{','})
        return refused(at, "no ',' after the value");
    m_at = at + 1;
    return value;
}

Result<ByteView> parseNetstring(ByteView whole, std::size_t maxValueBytes)
{
    NetstringReader reader(whole, maxValueBytes);
    TARN_TRY(const ByteView value, reader.next());
    if (!reader.atEnd()) {
        return Error(ErrorCode::InvalidInput,
                     "netstring: more bytes follow at byte " + std::to_string(reader.position()));
    }
    return value;
}

} // namespace tarn::codec
