// fuzz_base32: what the strict decoder takes encodes back to itself, and the lax one agrees.
#include "core/codec/base32.h"

#include <cstdint>

using namespace tarn;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const Result<Bytes> strict = codec::decodeBase32(text);
    const Result<Bytes> lax = codec::decodeBase32Lax(text);
    if (strict) TARN_ASSERT(codec::encodeBase32(*strict) == text && lax && *lax == *strict);
    if (lax) TARN_ASSERT(codec::encodeBase32(*lax).size() == text.size());
    const Bytes raw = toBytes(text);
    const Result<Bytes> back = codec::decodeBase32(codec::encodeBase32(raw));
    TARN_ASSERT(back && *back == raw);
    return 0;
}
