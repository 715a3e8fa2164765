// fuzz_peer_claim: who a request says it is from is refused, or prints back the same.
#include "core/base/check.h"
#include "core/net/peer_proof.h"

#include <cstdint>

using namespace tarn;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const Result<net::PeerClaim> claim = net::parsePeerClaim(text);
    if (claim)
        TARN_ASSERT(net::headerText(*claim) == text);
    else
        TARN_ASSERT(claim.error().code() == ErrorCode::Unauthorized);
    return 0;
}
