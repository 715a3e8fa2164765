// rsa: the keys of mutable files: RSA-2048, signatures RSASSA-PSS with SHA-256, MGF1-SHA-256 and
// exactly 32 bytes of salt. Any thread. Source: Tahoe-LAFS allmydata/crypto/rsa.py, RFC 8017.
#pragma once

#include "core/base/bytes.h"
#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/base/secret.h"
#include "core/crypto/openssl_handles.h"

#include <string_view>

namespace tarn::crypto {

inline constexpr std::size_t kRsaSignatureSize = 256;

class RsaPublicKey
{
public:
    /// \param der  SubjectPublicKeyInfo. InvalidInput: not that, more bytes behind it, or not
    ///             2048 bits.
    static Result<RsaPublicKey> fromDer(ByteView der);

    /// The bytes it was read from; hashes of keys are over exactly these.
    ByteView der() const { return m_der; }
    bool verify(ByteView message, ByteView signature) const;

private:
    RsaPublicKey(KeyHandle key, Bytes der) : m_key(std::move(key)), m_der(std::move(der)) {}

    KeyHandle m_key;
    Bytes m_der;
};

/// A private key. Movable; the same object may sign on several threads.
class RsaKey
{
public:
    /// \param der  PKCS#8, unencrypted. InvalidInput: not that, more bytes behind it, or not
    ///             2048 bits. The numbers are not checked for being a good key.
    static Result<RsaKey> fromDer(ByteView der);
    /// PKCS#1 ("RSA PRIVATE KEY") or PKCS#8, unencrypted.
    static Result<RsaKey> fromPem(std::string_view pem);
    /// Exponent 65537; OpenSSL's own randomness. Takes 100 ms and more.
    static Result<RsaKey> generateBlocking();

    /// PKCS#8: the bytes it was read from, or the canonical ones (no attributes).
    ByteView der() const { return m_der.view(); }
    /// SubjectPublicKeyInfo.
    ByteView publicDer() const { return m_publicDer; }
    /// kRsaSignatureSize bytes, others each time. Internal: the key's numbers are no key.
    Result<Bytes> sign(ByteView message) const;

private:
    RsaKey(KeyHandle key, Secret der, Bytes publicDer)
        : m_key(std::move(key)), m_der(std::move(der)), m_publicDer(std::move(publicDer))
    {
    }
    static Result<RsaKey> make(KeyHandle key, Secret der);

    KeyHandle m_key;
    Secret m_der;
    Bytes m_publicDer;
};

} // namespace tarn::crypto
