// fuzz_netstring: what the reader takes is byte for byte what the writer makes of it.
#include "core/codec/netstring.h"

#include <cstdint>

using namespace tarn;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    constexpr std::size_t kLimit = 1000;
    const ByteView input = std::as_bytes(std::span(data, size));
    codec::NetstringReader reader(input, kLimit);
    Bytes again;
    while (!reader.atEnd()) {
        const Result<ByteView> value = reader.next();
        if (!value) break;
        TARN_ASSERT(value->size() <= kLimit);
        codec::appendNetstring(again, *value);
    }
    TARN_ASSERT(equal(again, input.first(reader.position())));
    return 0;
}
