#include "core/crypto/blake2b.h"

#include "core/base/check.h"

#include <sodium/crypto_generichash_blake2b.h>

namespace tarn::crypto {

Blake2bDigest blake2b(ByteView bytes)
{
    Blake2bDigest digest;
    auto* out = reinterpret_cast<unsigned char*>(digest.mutableView().data());
    const auto* in = reinterpret_cast<const unsigned char*>(bytes.data());
    TARN_ASSERT(
        crypto_generichash_blake2b(out, Blake2bDigest::kSize, in, bytes.size(), nullptr, 0) == 0);
    return digest;
}

} // namespace tarn::crypto
