#include "core/base/check.h"
#include "core/codec/cbor.h"

#include <cbor.h>

namespace tarn::codec {

namespace {

/// The longest head: one byte and eight of argument.
constexpr std::size_t kMaxHead = 9;

template <class Encode>
void appendHead(Bytes& out, Encode encode)
{
    std::array<unsigned char, kMaxHead> head{};
    const std::size_t size = encode(head.data(), head.size());
    TARN_ASSERT(size > 0);
    append(out, std::as_bytes(std::span(head).first(size)));
}

} // namespace

void CborWriter::number(std::uint64_t value)
{
    appendHead(m_out, [value](unsigned char* at, std::size_t room) {
        return cbor_encode_uint(value, at, room);
    });
}

void CborWriter::bytes(ByteView value)
{
    bytesHead(value.size());
    append(m_out, value);
}

void CborWriter::bytesHead(std::uint64_t size)
{
    appendHead(m_out, [size](unsigned char* at, std::size_t room) {
        return cbor_encode_bytestring_start(size, at, room);
    });
}

void CborWriter::text(std::string_view value)
{
    appendHead(m_out, [value](unsigned char* at, std::size_t room) {
        return cbor_encode_string_start(value.size(), at, room);
    });
    append(m_out, asBytes(value));
}

void CborWriter::array(std::uint64_t items)
{
    appendHead(m_out, [items](unsigned char* at, std::size_t room) {
        return cbor_encode_array_start(items, at, room);
    });
}

void CborWriter::map(std::uint64_t pairs)
{
    appendHead(m_out, [pairs](unsigned char* at, std::size_t room) {
        return cbor_encode_map_start(pairs, at, room);
    });
}

void CborWriter::tag(std::uint64_t number)
{
    appendHead(m_out, [number](unsigned char* at, std::size_t room) {
        return cbor_encode_tag(number, at, room);
    });
}

void CborWriter::set(std::uint64_t items)
{
    tag(kCborSetTag);
    array(items);
}

void CborWriter::boolean(bool value)
{
    appendHead(m_out, [value](unsigned char* at, std::size_t room) {
        return cbor_encode_bool(value, at, room);
    });
}

void CborWriter::null()
{
    appendHead(m_out,
               [](unsigned char* at, std::size_t room) { return cbor_encode_null(at, room); });
}

} // namespace tarn::codec
