// hash_tags: the tags under which Tahoe-LAFS hashes; the bytes of every format hang on them.
// Source: Tahoe-LAFS hashutil.py and hashtree.py.
#pragma once

#include <string_view>

namespace tarn::crypto::tags {

// Immutable files.
inline constexpr std::string_view kImmutableStorageIndex =
    "allmydata_immutable_key_to_storage_index_v1";
inline constexpr std::string_view kBlock = "allmydata_encoded_subshare_v1";
inline constexpr std::string_view kUriExtension = "allmydata_uri_extension_v1";
inline constexpr std::string_view kPlaintext = "allmydata_plaintext_v1";
inline constexpr std::string_view kPlaintextSegment = "allmydata_plaintext_segment_v1";
inline constexpr std::string_view kCiphertext = "allmydata_crypttext_v1";
inline constexpr std::string_view kCiphertextSegment = "allmydata_crypttext_segment_v1";
/// Front of the tag; the convergence secret and the encoding follow, see ConvergenceHasher.
inline constexpr std::string_view kConvergentKeyPrefix =
    "allmydata_immutable_content_to_key_with_added_secret_v1+";

// Leases. The two client tags are hashed as values, under the lease secret as tag.
inline constexpr std::string_view kClientRenewalSecret = "allmydata_client_renewal_secret_v1";
inline constexpr std::string_view kClientCancelSecret = "allmydata_client_cancel_secret_v1";
inline constexpr std::string_view kFileRenewalSecret = "allmydata_file_renewal_secret_v1";
inline constexpr std::string_view kFileCancelSecret = "allmydata_file_cancel_secret_v1";
inline constexpr std::string_view kBucketRenewalSecret = "allmydata_bucket_renewal_secret_v1";
inline constexpr std::string_view kBucketCancelSecret = "allmydata_bucket_cancel_secret_v1";

// Mutable files.
inline constexpr std::string_view kWriteKey = "allmydata_mutable_privkey_to_writekey_v1";
inline constexpr std::string_view kWriteEnablerMaster =
    "allmydata_mutable_writekey_to_write_enabler_master_v1";
inline constexpr std::string_view kWriteEnabler =
    "allmydata_mutable_write_enabler_master_and_nodeid_to_write_enabler_v1";
inline constexpr std::string_view kPublicKeyFingerprint =
    "allmydata_mutable_pubkey_to_fingerprint_v1";
inline constexpr std::string_view kReadKey = "allmydata_mutable_writekey_to_readkey_v1";
inline constexpr std::string_view kDataKey = "allmydata_mutable_readkey_to_datakey_v1";
inline constexpr std::string_view kMutableStorageIndex =
    "allmydata_mutable_readkey_to_storage_index_v1";

// Directories.
inline constexpr std::string_view kChildCapKey =
    "allmydata_mutable_writekey_and_salt_to_dirnode_child_capkey_v1";
inline constexpr std::string_view kChildCapSalt = "allmydata_dirnode_child_rwcap_to_salt_v1";

// Merkle trees.
inline constexpr std::string_view kMerkleEmptyLeaf = "Merkle tree empty leaf";
inline constexpr std::string_view kMerkleInnerNode = "Merkle tree internal node";

// Elsewhere.
inline constexpr std::string_view kBackupDirectory = "allmydata_backupdb_dirhash_v1";
inline constexpr std::string_view kMutableContainerMagic = "allmydata_mutable_container_header";

} // namespace tarn::crypto::tags
