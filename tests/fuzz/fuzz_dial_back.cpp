// Any bytes as a dial-back request, and as a statement under a signature that is good: read and
// written again they are the same.
#include "core/base/check.h"
#include "profiles/friendnet/dial_back_message.h"

namespace {

using namespace tarn;
using namespace tarn::profiles;

const crypto::Ed25519Key& signer()
{
    static const crypto::Ed25519Key key =
        crypto::Ed25519Key::fromSeed(*crypto::Ed25519Seed::from(zeroBytes(32)));
    return key;
}

Bytes withSignature(ByteView body)
{
    Bytes whole = toBytes(std::string_view("tarn dial-back v1\0", 18));
    append(whole, body);
    Bytes out = toBytes(body);
    append(out, signer().sign(whole).view());
    return out;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const ByteView input = std::as_bytes(std::span(data, size));
    const Result<std::uint16_t> port = decodeDialBackRequest(input);
    TARN_ASSERT(!port || equal(encodeDialBackRequest(*port), input));
    TARN_ASSERT(!readStatement(input, signer().publicKey()) || size == kDialBackStatementBytes);
    const Bytes bytes = withSignature(input);
    const Result<DialBackStatement> said = readStatement(bytes, signer().publicKey());
    TARN_ASSERT(!said || equal(signStatement(signer(), *said), bytes));
    return 0;
}
