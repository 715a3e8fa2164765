// Any bytes as what is asked of relays and answered, and as a pass: refused, or the same when
// written again.
#include "core/base/check.h"
#include "core/net/relay_messages.h"

namespace {

using namespace tarn;

template <class Read, class Write>
void roundTrip(ByteView input, Read read, Write write)
{
    const auto first = read(input);
    if (!first) return;
    const Bytes written = write(*first);
    const auto again = read(written);
    TARN_ASSERT(again && equal(write(*again), written));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const ByteView input = std::as_bytes(std::span(data, size));
    roundTrip(input, net::decodeRelayAsk, net::encodeRelayAsk);
    roundTrip(input, net::decodeRelayAnswer, net::encodeRelayAnswer);
    roundTrip(input, net::decodeSignalAsk, net::encodeSignalAsk);
    roundTrip(input, net::decodeSignalAnswer,
              [](const Bytes& answer) { return net::encodeSignalAnswer(answer); });
    const Result<net::RelayPass> pass = net::parsePass(asText(input));
    if (pass) {
        const Result<net::RelayPass> again = net::parsePass(net::passText(*pass));
        TARN_ASSERT(again && again->kind == pass->kind && again->token == pass->token &&
                    equal(again->certificate, pass->certificate));
    }
    return 0;
}
