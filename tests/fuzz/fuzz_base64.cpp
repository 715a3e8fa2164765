// fuzz_base64: what a strict decoder takes encodes back to itself; the lenient one takes it too.
#include "core/codec/base64.h"

#include <cstdint>

using namespace tarn;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const Result<Bytes> lenient = codec::decodeBase64Lenient(text);
    if (const Result<Bytes> strict = codec::decodeBase64(text); strict)
        TARN_ASSERT(codec::encodeBase64(*strict) == text && lenient && *lenient == *strict);
    if (const Result<Bytes> url = codec::decodeBase64Url(text); url)
        TARN_ASSERT(codec::encodeBase64Url(*url) == text);
    if (const Result<Bytes> padded = codec::decodeBase64UrlPadded(text); padded)
        TARN_ASSERT(codec::encodeBase64UrlPadded(*padded) == text);
    if (lenient) TARN_ASSERT(lenient->size() <= text.size() / 4 * 3);
    const Bytes raw = toBytes(text);
    const Result<Bytes> back = codec::decodeBase64(codec::encodeBase64(raw));
    TARN_ASSERT(back && *back == raw);
    return 0;
}
