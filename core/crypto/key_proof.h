// key_proof: signatures by keys of the kinds that serve as TLS keys, known by their DER
// SubjectPublicKeyInfo. Any thread. What is signed begins with a context string, as TLS does not.
#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/base/secret.h"

namespace tarn::crypto {

struct KeyProof
{
    Bytes key; ///< SubjectPublicKeyInfo
    Bytes
        signature; ///< Ed25519, or over SHA-256: RSASSA-PKCS1-v1_5, which TLS 1.3 never uses, ECDSA
    friend bool operator==(const KeyProof&, const KeyProof&) = default;
};

/// Whether this is the SubjectPublicKeyInfo of a key that can be proven: Ed25519, ECDSA on P-256,
/// P-384 or P-521, RSA of 2048 to 8192 bits. Others could take a verifier any time. Cheap.
bool isProvableKey(ByteView spki);

/// \param keyPem  PKCS#8 or PKCS#1, unencrypted.  \return InvalidInput: no such key.
Result<KeyProof> proveKey(ByteView keyPem, ByteView message);

/// Whether the key is one that can be proven, and signed this. Takes a tenth of a millisecond, for
/// the largest keys half a one.
bool provesKey(const KeyProof& proof, ByteView message);

} // namespace tarn::crypto
