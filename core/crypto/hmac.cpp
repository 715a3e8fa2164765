#include "core/crypto/hmac.h"

#include "core/base/check.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace tarn::crypto {

Hash256 hmacSha256(ByteView key, ByteView message)
{
    Hash256 out;
    unsigned size = 0;
    const auto* text = reinterpret_cast<const unsigned char*>(message.data());
    auto* into = reinterpret_cast<unsigned char*>(out.mutableView().data());
    const auto* made = HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), text,
                            message.size(), into, &size);
    TARN_ASSERT(made != nullptr && size == Hash256::kSize);
    return out;
}

} // namespace tarn::crypto
