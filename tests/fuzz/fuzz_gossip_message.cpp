// Any bytes as a gossip message: refused, or written and read again the same, of the length that
// was foretold; a state takes it as a question and as an answer and says nothing that is too long.
#include "core/base/check.h"
#include "core/gossip/gossip_state.h"

namespace {

using namespace tarn;
using namespace tarn::gossip;

class Zeroes final : public Random
{
public:
    void fill(MutableByteView into) override { std::fill(into.begin(), into.end(), std::byte{0}); }
};

void speak(const GossipMessage& message)
{
    const WallTime now{std::chrono::seconds(1'800'000'000)};
    Zeroes random;
    GossipState state(RecordSet(standardKinds(), RecordLimits(), serversOnly({})), GossipSettings(),
                      random);
    state.setPeers({1});
    Actions out;
    TARN_ASSERT(wireSize(state.answer(1, message, now, out)) <= kMaxMessageBytes);
    TARN_ASSERT(!state.tick(now).sends.empty());
    const Actions more = state.answered(1, message, now);
    for (const Send& send : more.sends)
        TARN_ASSERT(wireSize(send.message) <= kMaxMessageBytes);
    state.failed(1);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const ByteView input = std::as_bytes(std::span(data, size));
    const Result<GossipMessage> message = decodeMessage(input);
    if (!message) {
        TARN_ASSERT(message.error().code() == ErrorCode::PeerMisbehaved);
        return 0;
    }
    const Bytes written = encodeMessage(*message);
    TARN_ASSERT(written.size() == wireSize(*message));
    const Result<GossipMessage> again = decodeMessage(written);
    TARN_ASSERT(again && equal(encodeMessage(*again), written));
    speak(*message);
    return 0;
}
