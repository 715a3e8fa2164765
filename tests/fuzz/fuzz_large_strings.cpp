// Any bytes as a body from which large strings are split off: put back, they make the same request
// or the same nonsense, however the bytes arrive.
#include "core/base/check.h"
#include "core/wire/storage_messages.h"
#include "storage-server/large_strings.h"

#include <algorithm>

namespace {

using namespace tarn;
using storage::BodyPart;
using storage::LargeStrings;

/// The body with every large string behind the shortest head again.
Bytes splitAndJoined(ByteView body, std::size_t step, bool& endsEarly)
{
    LargeStrings strings(4, body.size());
    Bytes out;
    while (!body.empty()) {
        ByteView piece = body.first(std::min(step, body.size()));
        body = body.subspan(piece.size());
        while (!piece.empty()) {
            const BodyPart part = strings.next(piece);
            if (part.kind == BodyPart::Kind::Begin) {
                TARN_ASSERT(part.size >= 4 && equal(part.bytes, LargeStrings::kStandIn));
                codec::CborWriter head;
                head.bytesHead(part.size);
                append(out, head.written());
            } else {
                append(out, part.bytes);
            }
        }
    }
    endsEarly = strings.inTheMiddle();
    return out;
}

Bytes again(const storage_api::ReadTestWrite& request)
{
    const wire::GatheredBody body = wire::encodeReadTestWriteRequest(request);
    Bytes out;
    for (const ByteView piece : body.pieces())
        append(out, piece);
    return out;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const ByteView input = std::as_bytes(std::span(data, size));
    bool early = false;
    bool earlyToo = false;
    const Bytes joined = splitAndJoined(input, std::max<std::size_t>(size, 1), early);
    TARN_ASSERT(equal(joined, splitAndJoined(input, 1 + size % 7, earlyToo)) && early == earlyToo);
    codec::CborJoined chunks;
    const auto before = wire::decodeReadTestWriteRequest(input, chunks);
    const auto after = wire::decodeReadTestWriteRequest(joined, chunks);
    TARN_ASSERT(!before || !early);
    TARN_ASSERT(early || before.has_value() == after.has_value());
    if (before) TARN_ASSERT(equal(again(*before), again(*after)));
    return 0;
}
