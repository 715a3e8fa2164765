// Any bytes as what members agree on before both try at once: the same when written again, nothing
// too much in it, and no address that nobody may name.
#include "core/base/check.h"
#include "profiles/friendnet/peer_signals.h"
#include "profiles/friendnet/punch_address.h"
#include "profiles/friendnet/punch_message.h"

using namespace tarn;
using namespace tarn::profiles;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const Result<PunchSignal> signal = decodePunchSignal(std::as_bytes(std::span(data, size)));
    if (!signal) {
        TARN_ASSERT(signal.error().code() == ErrorCode::PeerMisbehaved ||
                    signal.error().code() == ErrorCode::Unsupported);
        return 0;
    }
    if (const auto* tcp = std::get_if<PunchTcp>(&*signal)) {
        TARN_ASSERT(!tcp->seen.empty() && tcp->seen.size() <= kMostSeen);
        for (const net::Endpoint& endpoint : tcp->seen)
            TARN_ASSERT(mayBeNamed(endpoint));
    }
    if (const auto* ice = std::get_if<PunchIce>(&*signal)) {
        TARN_ASSERT(ice->candidates.size() <= kMostCandidates);
        for (const IceCandidate& one : ice->candidates)
            TARN_ASSERT(mayBeNamed(one.address) && !one.foundation.empty());
    }
    const Bytes written = encodePunchSignal(*signal);
    TARN_ASSERT(written.size() <= kLargestSignal);
    const Result<PunchSignal> again = decodePunchSignal(written);
    TARN_ASSERT(again && equal(encodePunchSignal(*again), written));
    return 0;
}
