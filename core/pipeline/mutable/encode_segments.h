// encode_segments: plaintext of a mutable file -> salted blocks and their hashes; and the parts of
// a version around them. Pure, any thread. Source: spec of mutable files, sections 1 to 5.
#pragma once

#include "core/crypto/rsa.h"
#include "core/erasure/encoder.h"
#include "core/hashtree/tree_shape.h"
#include "core/share/mutable_shape.h"

#include <span>
#include <vector>

namespace tarn::pipeline {

/// What a new version is made with.
struct MutableTerms
{
    share::MutableShape shape;
    erasure::Encoder code;
    crypto::ReadKey readKey;
    crypto::Salt salt; ///< SDMF: of the version
};

/// Salt (MDMF) and block of one segment for all N shares.
/// \param plain  the segment; overwritten with its ciphertext.
/// \param salt   of this segment; in SDMF the version's.
/// \param out    one per share, saltSize() + blockSizeOf(segment) bytes each.
/// \param leaves one per share: the leaf of its block hash tree.
Result<void> encodeMutableSegment(const MutableTerms& terms, MutableByteView plain,
                                  const crypto::Salt& salt, std::span<const MutableByteView> out,
                                  std::span<Hash256> leaves);

hashtree::TreeShape blockHashTreeOf(const share::MutableShape& shape);

/// Everything of a version but block hash trees, salts and blocks.
struct SealedVersion
{
    share::MutableLayout layout;
    Bytes head; ///< header and offset table
    Bytes signature;
    Bytes publicKey;
    Bytes encryptedPrivateKey;
    std::vector<Bytes> chains; ///< share hash chain of each share
};

/// Where everything lies in a share of a version that is made with `key`, before there is one.
/// \return as sealMutableVersion().
Result<share::MutableSections> layOutVersion(const share::MutableShape& shape,
                                             const crypto::RsaKey& key);

/// Builds the share hash tree, signs, and lays the version out.
/// \param roots  of the block hash tree of each share.
/// \return InvalidInput: no room in the layout.  Internal: the key does not sign.
Result<SealedVersion> sealMutableVersion(const MutableTerms& terms, std::uint64_t sequence,
                                         std::span<const Hash256> roots, const crypto::RsaKey& key,
                                         const crypto::WriteKey& writeKey);

/// AES-CTR under the write key, both ways.
Bytes cryptPrivateKey(ByteView der, const crypto::WriteKey& writeKey);

} // namespace tarn::pipeline
