// fuzz_web_socket: what a client sends is read as frames that fit into it, or refused as
// InvalidInput; the same in one piece and byte by byte.
#include "client-gateway/web/web_socket.h"
#include "core/base/check.h"

#include <cstdint>

using namespace tarn;
using namespace tarn::gateway::web;

namespace {

std::size_t readAll(ByteView input, std::size_t step, bool& refused)
{
    WebSocketReader reader;
    std::size_t bytes = 0;
    while (!input.empty() && !refused) {
        const ByteView piece = input.first(std::min(step, input.size()));
        input = input.subspan(piece.size());
        reader.feed(piece);
        for (;;) {
            const auto frame = reader.next();
            refused = !frame;
            if (refused) TARN_ASSERT(frame.error().code() == ErrorCode::InvalidInput);
            if (refused || !*frame) break;
            TARN_ASSERT((*frame)->payload.size() <= WebSocketReader::kLongestPayload);
            bytes += (*frame)->payload.size() + 6;
        }
    }
    return bytes;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const ByteView input = std::as_bytes(std::span(data, size));
    bool refused = false;
    bool refusedSlowly = false;
    const std::size_t bytes = readAll(input, input.size(), refused);
    TARN_ASSERT(bytes <= size);
    TARN_ASSERT(readAll(input, 1, refusedSlowly) == bytes);
    TARN_ASSERT(refused == refusedSlowly);
    return 0;
}
