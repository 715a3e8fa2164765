// sha256: plain SHA-256 and its doubled form, at once or as the bytes come. Any thread.
// Source: FIPS 180-4 through OpenSSL; SHA256d(x) = SHA256(SHA256(x)).
#pragma once

#include "core/base/bytes.h"
#include "core/base/ids.h"
#include "core/crypto/digest_context.h"

namespace tarn::crypto {

Hash256 sha256(ByteView bytes);
Hash256 sha256d(ByteView bytes);

/// One stream. Movable; not for two threads at once.
class Sha256
{
public:
    Sha256() : m_context(newSha256Context()) {}

    void update(ByteView bytes) { updateDigest(m_context.get(), bytes); }
    /// Once; afterwards the object may only be destroyed or assigned.
    Hash256 finish();
    /// The same for SHA256(SHA256(all bytes)).
    Hash256 finishDoubled();

private:
    DigestContext m_context;
};

} // namespace tarn::crypto
