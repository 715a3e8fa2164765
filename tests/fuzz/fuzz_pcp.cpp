// Any bytes as a router's answer: refused, or the same when the answer is written again.
#include "core/base/check.h"
#include "profiles/friendnet/pcp_message.h"

using namespace tarn;
using namespace tarn::profiles;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const ByteView input = std::as_bytes(std::span(data, size));
    if (const Result<PcpMapping> given = decodePcpMap(input)) {
        TARN_ASSERT(size >= 60);
        Bytes again = encodePcpMap(*given);
        again[1] |= std::byte{0x80};
        const Result<PcpMapping> twice = decodePcpMap(again);
        TARN_ASSERT(twice && twice->nonce == given->nonce && twice->outerPort == given->outerPort &&
                    twice->innerPort == given->innerPort &&
                    twice->lifeSeconds == given->lifeSeconds);
    } else {
        TARN_ASSERT(!given.error().message().empty());
    }
    if (const Result<PmpMapping> given = decodePmpMap(input)) {
        const Bytes again = encodePmpMap(*given);
        TARN_ASSERT(size == 16 && equal(ByteView(again).subspan(4), input.subspan(8)));
    }
    const Result<asio::ip::address> outside = decodePmpAddress(input);
    TARN_ASSERT(!outside || (size == 12 && outside->is_v4()));
    return 0;
}
