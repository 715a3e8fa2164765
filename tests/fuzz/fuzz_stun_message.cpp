// Any bytes as a STUN request: refused, or answered with one small message that is no request.
#include "core/base/check.h"
#include "introducer/relay/stun_message.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace tarn;
    const ByteView input = std::as_bytes(std::span(data, size));
    const Result<relay::StunRequest> request = relay::parseStunRequest(input);
    if (!request) {
        TARN_ASSERT(request.error().code() == ErrorCode::PeerMisbehaved);
        return 0;
    }
    const auto from = boost::asio::ip::make_address("2001:db8::1");
    const Bytes answer = relay::stunAnswer(*request, from, 1);
    TARN_ASSERT(answer.size() == 44 && !relay::parseStunRequest(answer));
    TARN_ASSERT(equal(ByteView(answer).subspan(4, 16), input.subspan(4, 16)));
    return 0;
}
