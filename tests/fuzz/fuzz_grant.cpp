// Any bytes as the answer to a request for a grant: refused, or written back to the same.
#include "core/base/check.h"
#include "core/wire/grant.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace tarn;
    const ByteView bytes(reinterpret_cast<const std::byte*>(data), size);
    if (const Result<Secret> answer = wire::decodeGrantAnswer(bytes)) {
        const Result<Secret> again = wire::decodeGrantAnswer(wire::encodeGrantAnswer(*answer));
        TARN_ASSERT(again && again->matches(answer->view()));
    }
    return 0;
}
