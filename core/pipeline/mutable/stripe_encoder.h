// stripe_encoder: one segment of a mutable file, encoded a stripe at a time: the same bytes of each
// of its k pieces, into the same bytes of all N blocks. So an SDMF file, which is one segment, need
// not be in memory as a whole. Makes what encodeMutableSegment() makes, but for MDMF's salts.
// Blocking, one thread at a time. Source: spec of mutable files, sections 1 to 5.
#pragma once

#include "core/crypto/tagged_hash.h"
#include "core/pipeline/mutable/encode_segments.h"

namespace tarn::pipeline {

class StripeEncoder
{
public:
    /// The one segment of an SDMF version that is not empty. \param terms  outlives it.
    explicit StripeEncoder(const MutableTerms& terms);

    /// Bytes of each block.
    std::uint64_t blockSize() const { return m_blockSize; }
    /// What piece `piece` has of the plaintext in its bytes `stripe`; less than those, or nothing,
    /// where the file ends.
    ByteRange plainOf(unsigned piece, ByteRange stripe) const;

    /// \param stripe  of the blocks, beginning where the last one ended; not empty.
    /// \param plain   k pieces, each as long as the stripe: plainOf() them, the rest anything;
    ///                overwritten.
    /// \param blocks  becomes the stripe of all shares, one after the other.
    /// \return InvalidInput: any of this does not hold.
    Result<void> encode(ByteRange stripe, std::span<const MutableByteView> plain, Bytes& blocks);

    /// One per share: the leaf of its block hash tree. Once, after the last stripe.
    std::vector<Hash256> leaves();

private:
    const MutableTerms& m_terms;
    std::uint64_t m_blockSize;
    std::uint64_t m_done = 0; ///< of each block
    FileKey m_key;
    std::vector<crypto::TaggedHasher> m_hashes;
};

} // namespace tarn::pipeline
