// Any bytes as the frames of a peer link: the same frames however the bytes arrive, and the same
// when written again.
#include "core/base/check.h"
#include "core/net/link_frame.h"

namespace {

using namespace tarn;

/// The frames, written again; whether they ended in a refusal.
std::pair<Bytes, bool> read(ByteView input, std::size_t step)
{
    net::LinkFrameReader reader;
    Bytes out;
    for (std::size_t at = 0; at < input.size(); at += step) {
        reader.add(input.subspan(at, std::min(step, input.size() - at)));
        while (true) {
            const Result<std::optional<net::LinkFrame>> frame = reader.next();
            if (!frame) {
                TARN_ASSERT(frame.error().code() == ErrorCode::PeerMisbehaved);
                return {out, true};
            }
            if (!*frame) break;
            const Bytes written = net::encodeLinkFrame(**frame);
            const Result<net::LinkFrame> again = net::decodeLinkFrame(ByteView(written).subspan(4));
            TARN_ASSERT(again && equal(net::encodeLinkFrame(*again), written));
            append(out, written);
        }
        TARN_ASSERT(reader.held() <= net::kLargestLinkFrame + 4);
    }
    return {out, false};
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const ByteView input = std::as_bytes(std::span(data, size));
    const auto whole = read(input, std::max<std::size_t>(size, 1));
    const auto pieces = read(input, 1 + size % 7);
    TARN_ASSERT(whole.second == pieces.second && equal(whole.first, pieces.first));
    return 0;
}
