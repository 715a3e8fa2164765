#include "core/crypto/key_derivation.h"

#include "core/base/check.h"
#include "core/crypto/hash_tags.h"

#include <array>
#include <string>

namespace tarn::crypto {

namespace {

template <class SecretType>
SecretType secretFrom(Hash256 hash)
{
    SecretType secret = SecretType::prefixOf(hash);
    wipe(hash.mutableView());
    return secret;
}

std::string netstring(std::string_view value)
{
    return std::to_string(value.size()) + ":" + std::string(value) + ",";
}

std::string convergenceTag(ByteView secret, ConvergenceTerms terms)
{
    TARN_ASSERT(terms.k >= 1 && terms.k <= terms.n && terms.n <= 256);
    const std::string encoding = std::to_string(terms.k) + "," + std::to_string(terms.n) + "," +
                                 std::to_string(terms.segmentSizeBytes);
    return std::string(tags::kConvergentKeyPrefix) + netstring(asText(secret)) +
           netstring(encoding);
}

LeaseSecrets chain(std::string_view renewalTag, std::string_view cancelTag,
                   const LeaseSecrets& from, ByteView where)
{
    LeaseSecrets out;
    out.renewal = secretFrom<LeaseSecret>(taggedPairHash(renewalTag, from.renewal.view(), where));
    out.cancel = secretFrom<LeaseSecret>(taggedPairHash(cancelTag, from.cancel.view(), where));
    return out;
}

} // namespace

ConvergenceHasher::ConvergenceHasher(ByteView convergenceSecret, ConvergenceTerms terms)
    : m_hash(convergenceTag(convergenceSecret, terms))
{
}

FileKey ConvergenceHasher::finish()
{
    return secretFrom<FileKey>(m_hash.finish());
}

StorageIndex immutableStorageIndex(const FileKey& key)
{
    return StorageIndex::prefixOf(taggedHash(tags::kImmutableStorageIndex, key.view()));
}

LeaseSecrets clientLeaseSecrets(ByteView leaseSecret)
{
    const std::string_view tag = asText(leaseSecret);
    LeaseSecrets out;
    out.renewal = secretFrom<LeaseSecret>(taggedHash(tag, asBytes(tags::kClientRenewalSecret)));
    out.cancel = secretFrom<LeaseSecret>(taggedHash(tag, asBytes(tags::kClientCancelSecret)));
    return out;
}

LeaseSecrets fileLeaseSecrets(const LeaseSecrets& client, const StorageIndex& index)
{
    return chain(tags::kFileRenewalSecret, tags::kFileCancelSecret, client, index);
}

LeaseSecrets bucketLeaseSecrets(const LeaseSecrets& file, const TubId& server)
{
    return chain(tags::kBucketRenewalSecret, tags::kBucketCancelSecret, file, server);
}

WriteKey writeKeyOf(ByteView privateKeyDer)
{
    return secretFrom<WriteKey>(taggedHash(tags::kWriteKey, privateKeyDer));
}

ReadKey readKeyOf(const WriteKey& key)
{
    return secretFrom<ReadKey>(taggedHash(tags::kReadKey, key.view()));
}

FileKey dataKeyOf(const Salt& salt, const ReadKey& key)
{
    return secretFrom<FileKey>(taggedPairHash(tags::kDataKey, salt, key.view()));
}

StorageIndex mutableStorageIndex(const ReadKey& key)
{
    return StorageIndex::prefixOf(taggedHash(tags::kMutableStorageIndex, key.view()));
}

Hash256 fingerprintOf(ByteView publicKeyDer)
{
    return taggedHash(tags::kPublicKeyFingerprint, publicKeyDer);
}

WriteEnabler writeEnablerFor(const WriteKey& key, const TubId& server)
{
    Hash256 master = taggedHash(tags::kWriteEnablerMaster, key.view());
    Hash256 enabler = taggedPairHash(tags::kWriteEnabler, master, server);
    wipe(master.mutableView());
    return secretFrom<WriteEnabler>(enabler);
}

Salt childCapSalt(ByteView childCap)
{
    return Salt::prefixOf(taggedHash(tags::kChildCapSalt, childCap));
}

FileKey childCapKey(const Salt& salt, const WriteKey& directoryKey)
{
    return secretFrom<FileKey>(taggedPairHash(tags::kChildCapKey, salt, directoryKey.view()));
}

Hash256 childCapMac(const FileKey& key, ByteView data)
{
    FileKey inner = key;
    FileKey outer = key;
    for (std::byte& byte : inner.mutableView())
        byte ^= std::byte{0x36};
    for (std::byte& byte : outer.mutableView())
        byte ^= std::byte{0x5c};
    Sha256 innerHash;
    innerHash.update(inner.view());
    innerHash.update(data);
    Sha256 outerHash;
    outerHash.update(outer.view());
    outerHash.update(innerHash.finish());
    return outerHash.finish();
}

} // namespace tarn::crypto
