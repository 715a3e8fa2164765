// Any bytes as every GBS message: refused with the right code, or the values survive being
// written and read again.
#include "core/base/check.h"
#include "core/wire/storage_messages.h"

namespace {

using namespace tarn;
using namespace tarn::wire;

Bytes joinedBytes(const GatheredBody& body)
{
    Bytes out;
    for (const ByteView piece : body.pieces())
        append(out, piece);
    return out;
}

/// Reads, writes, reads: the second writing equals the first.
template <class Decode, class Encode>
void check(ByteView input, ErrorCode refusal, Decode decode, Encode encode)
{
    const auto value = decode(input);
    if (!value) {
        TARN_ASSERT(value.error().code() == refusal);
        return;
    }
    const Bytes written = encode(*value);
    const auto again = decode(written);
    TARN_ASSERT(again);
    TARN_ASSERT(equal(encode(*again), written));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const ByteView input = std::as_bytes(std::span(data, size));
    check(input, ErrorCode::InvalidInput, &decodeAllocateRequest, &encodeAllocateRequest);
    check(input, ErrorCode::InvalidInput, &decodeCorruptRequest,
          [](const std::string& reason) { return encodeCorruptRequest(reason); });
    check(input, ErrorCode::PeerMisbehaved, &decodeVersionAnswer, &encodeVersionAnswer);
    check(input, ErrorCode::PeerMisbehaved, &decodeAllocateAnswer, &encodeAllocateAnswer);
    check(input, ErrorCode::PeerMisbehaved, &decodeWriteAnswer, &encodeWriteAnswer);
    check(input, ErrorCode::PeerMisbehaved, &decodeShareNumbers, &encodeShareNumbers);
    check(input, ErrorCode::PeerMisbehaved, &decodeReadTestWriteAnswer,
          [](const auto& answer) { return joinedBytes(encodeReadTestWriteAnswer(answer)); });
    codec::CborJoined joined;
    check(
        input, ErrorCode::InvalidInput,
        [&](ByteView body) { return decodeReadTestWriteRequest(body, joined); },
        [](const auto& request) { return joinedBytes(encodeReadTestWriteRequest(request)); });
    return 0;
}
