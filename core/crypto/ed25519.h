// ed25519: the key of a node: it signs records and is its TLS key. Any thread. Source: RFC 8032.
// Sign no bytes that a peer chose freely: put a context string first.
#pragma once

#include "core/base/bytes.h"
#include "core/base/ids.h"
#include "core/base/random.h"
#include "core/crypto/openssl_handles.h"

#include <string_view>

namespace tarn::crypto {

using Ed25519Seed = FixedSecret<struct Ed25519SeedTag, 32>;
using Ed25519PublicKey = FixedBytes<struct Ed25519PublicKeyTag, 32>;
using Ed25519Signature = FixedBytes<struct Ed25519SignatureTag, 64>;

/// A private key. Movable; the same object may sign on several threads.
class Ed25519Key
{
public:
    static Ed25519Key generate(Random& random);
    /// The key whose private bytes of RFC 8032 these are.
    static Ed25519Key fromSeed(const Ed25519Seed& seed);
    /// PKCS#8. InvalidInput: no such text, encrypted, or another kind of key.
    static Result<Ed25519Key> fromPem(std::string_view pem);

    Secret toPem() const;
    const Ed25519PublicKey& publicKey() const { return m_publicKey; }
    Ed25519Signature sign(ByteView message) const;

    /// OpenSSL's object, for this folder.
    const KeyHandle& handle() const { return m_key; }

private:
    explicit Ed25519Key(KeyHandle key);

    KeyHandle m_key;
    Ed25519PublicKey m_publicKey;
};

/// False also for public keys that are no points of the curve.
bool verifyEd25519(const Ed25519PublicKey& key, ByteView message,
                   const Ed25519Signature& signature);

} // namespace tarn::crypto
