#include "core/crypto/sha256.h"

namespace tarn::crypto {

Hash256 sha256(ByteView bytes)
{
    return digestOf(bytes);
}

Hash256 sha256d(ByteView bytes)
{
    return digestOf(digestOf(bytes));
}

Hash256 Sha256::finish()
{
    const Hash256 hash = finishDigest(m_context.get());
    m_context.reset();
    return hash;
}

Hash256 Sha256::finishDoubled()
{
    return digestOf(finish());
}

} // namespace tarn::crypto
