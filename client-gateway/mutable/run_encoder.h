// run_encoder: the plaintext of some segments -> their salts and blocks, and the leaves of the
// block hash trees. Blocking, any thread.
// Source: spec of mutable files, sections 2 to 5.
#pragma once

#include "core/base/random.h"
#include "core/pipeline/mutable/decode_segments.h"
#include "core/pipeline/mutable/encode_segments.h"

#include <vector>

namespace tarn::gateway {

class RunEncoder
{
public:
    /// \param span   the segments that will be encoded, run by run, in any order.
    /// \param terms  outlives it.
    RunEncoder(const pipeline::MutableTerms& terms, pipeline::MutableSpan span);

    const pipeline::MutableTerms& terms() const { return m_terms; }
    const pipeline::MutableSpan& span() const { return m_span; }
    /// Segments whose blocks take `bytes` in all shares together; at least one.
    std::uint64_t segmentsIn(std::uint64_t bytes) const;
    /// One for each segment of a run: of MDMF each has its own.
    std::vector<crypto::Salt> saltsFor(pipeline::MutableSpan run, Random& random) const;

    /// Two may run side by side, of different segments.
    /// \param plain   of the run; overwritten with its ciphertext.
    /// \param blocks  becomes what is stored of the run, share after share.
    Result<void> encode(pipeline::MutableSpan run, std::span<const crypto::Salt> salts,
                        MutableByteView plain, Bytes& blocks);

    /// For a segment that was encoded in another way. \param leaves  one per share.
    void setLeaves(std::uint64_t segment, std::span<const Hash256> leaves);
    /// Of each share, of the segments of the span.
    const std::vector<std::vector<Hash256>>& leaves() const { return m_leaves; }

private:
    const pipeline::MutableTerms& m_terms;
    pipeline::MutableSpan m_span;
    std::vector<std::vector<Hash256>> m_leaves;
};

} // namespace tarn::gateway
