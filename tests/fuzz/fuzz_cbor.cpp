// fuzz_cbor: what the reader takes, written again in shortest form, reads the same and is not
// longer; skip() takes whatever reading takes.
#include "core/codec/cbor.h"

#include <cstdint>

using namespace tarn;
using codec::CborReader;
using codec::CborType;
using codec::CborWriter;

namespace {

Result<void> copyItem(CborReader& reader, Bytes& out);

void put(Bytes& out, CborWriter& item)
{
    append(out, item.take());
}

/// The items of the array or map just entered, behind the head that their count makes.
Result<void> copyItems(CborReader& reader, Bytes& out, CborType type)
{
    Bytes items;
    std::uint64_t count = 0;
    for (;; ++count) {
        TARN_TRY(const bool more, reader.more());
        if (!more) break;
        TARN_TRY_VOID(copyItem(reader, items));
    }
    CborWriter head;
    if (type == CborType::Map) {
        head.map(count / 2);
    } else {
        head.array(count);
    }
    put(out, head);
    append(out, items);
    return ok();
}

Result<void> copyItem(CborReader& reader, Bytes& out)
{
    CborWriter writer;
    TARN_TRY(CborType type, reader.peek());
    while (type == CborType::Tag) {
        TARN_TRY(const std::uint64_t tag, reader.readTag());
        writer.tag(tag);
        TARN_TRY(type, reader.peek());
    }
    if (type == CborType::Array) {
        TARN_TRY_VOID(reader.enterArray());
        put(out, writer);
        return copyItems(reader, out, type);
    }
    if (type == CborType::Map) {
        TARN_TRY_VOID(reader.enterMap());
        put(out, writer);
        return copyItems(reader, out, type);
    }
    if (type == CborType::ByteString) {
        TARN_TRY(const ByteView bytes, reader.readBytes());
        writer.bytes(bytes);
    } else if (type == CborType::TextString) {
        TARN_TRY(const std::string_view text, reader.readText());
        writer.text(text);
    } else if (type == CborType::Boolean) {
        TARN_TRY(const bool value, reader.readBoolean());
        writer.boolean(value);
    } else if (type == CborType::Null) {
        TARN_TRY_VOID(reader.readNull());
        writer.null();
    } else {
        TARN_TRY(const std::uint64_t number, reader.readUnsigned());
        writer.number(number);
    }
    put(out, writer);
    return ok();
}

Result<Bytes> copyOf(ByteView input)
{
    codec::CborJoined joined;
    CborReader reader(input, joined);
    Bytes out;
    TARN_TRY_VOID(copyItem(reader, out));
    TARN_TRY_VOID(reader.finish());
    return out;
}

bool skips(ByteView input)
{
    codec::CborJoined joined;
    CborReader reader(input, joined);
    const bool skipped = reader.skip() && reader.finish();
    TARN_ASSERT(joined.empty() && reader.position() <= input.size());
    return skipped;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const ByteView input = std::as_bytes(std::span(data, size));
    const bool skipped = skips(input);
    const Result<Bytes> copy = copyOf(input);
    if (!copy) return 0;
    TARN_ASSERT(skipped && copy->size() <= size);
    const Result<Bytes> again = copyOf(*copy);
    TARN_ASSERT(again && *again == *copy);
    return 0;
}
