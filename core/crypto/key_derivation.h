// key_derivation: every key, secret and index that follows from another one. Pure, any thread.
// Source: Tahoe-LAFS hashutil.py.
#pragma once

#include "core/base/ids.h"
#include "core/crypto/tagged_hash.h"

#include <cstdint>

namespace tarn::crypto {

/// What an immutable file's key is derived under: shares needed and made, 1 <= k <= n <= 256, and
/// the effective segment size (shrunk to the file, rounded up to a multiple of k).
struct ConvergenceTerms
{
    std::uint32_t k = 0;
    std::uint32_t n = 0;
    std::uint64_t segmentSizeBytes = 0;
};

/// The convergent key of a plaintext that comes in pieces: same secret, terms and plaintext give
/// the same key. Any secret, also an empty one.
class ConvergenceHasher
{
public:
    ConvergenceHasher(ByteView convergenceSecret, ConvergenceTerms terms);
    void update(ByteView plaintext) { m_hash.update(plaintext); }
    /// Once.
    FileKey finish();

private:
    TaggedHasher m_hash;
};

StorageIndex immutableStorageIndex(const FileKey& key);

// Lease secrets: lease secret of the client -> client -> file -> bucket (one server). Only bucket
// secrets are sent, to that server, for immutable and mutable storage indexes alike.

struct LeaseSecrets
{
    LeaseSecret renewal;
    LeaseSecret cancel;
};

/// \param leaseSecret  the client's master secret, 32 bytes, from `private/secret`.
LeaseSecrets clientLeaseSecrets(ByteView leaseSecret);
LeaseSecrets fileLeaseSecrets(const LeaseSecrets& client, const StorageIndex& index);
LeaseSecrets bucketLeaseSecrets(const LeaseSecrets& file, const TubId& server);

// Mutable files: private key -> write key -> read key -> storage index and, with a salt, data key.

using WriteKey = FixedSecret<struct WriteKeyTag, 16>;
using ReadKey = FixedSecret<struct ReadKeyTag, 16>;
using WriteEnabler = FixedSecret<struct WriteEnablerTag, 32>;
using Salt = FixedBytes<struct SaltTag, 16>;

/// \param privateKeyDer  PKCS#8, exactly the bytes that the share carries (decrypted).
WriteKey writeKeyOf(ByteView privateKeyDer);
ReadKey readKeyOf(const WriteKey& key);
/// AES-CTR key of one SDMF version (its 16-byte IV) or of one MDMF segment (its salt).
FileKey dataKeyOf(const Salt& salt, const ReadKey& key);
StorageIndex mutableStorageIndex(const ReadKey& key);
/// Identifies the public key in capabilities. \param publicKeyDer  SubjectPublicKeyInfo.
Hash256 fingerprintOf(ByteView publicKeyDer);
/// What one server asks for before it lets a slot be changed.
WriteEnabler writeEnablerFor(const WriteKey& key, const TubId& server);

// Directories: each child's write capability is encrypted under a key of its own.

/// \param childCap  the child's read-write capability string.
Salt childCapSalt(ByteView childCap);
FileKey childCapKey(const Salt& salt, const WriteKey& directoryKey);
/// Authenticates an encrypted child capability; not HMAC: the key is padded to 16 bytes only and
/// SHA-256 is used once per pass.
Hash256 childCapMac(const FileKey& key, ByteView data);

} // namespace tarn::crypto
