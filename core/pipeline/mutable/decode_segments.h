// decode_segments: what shares of a mutable file hold -> verified plaintext. Pure, any thread.
// Source: spec of mutable files, sections 5 and 8.
#pragma once

#include "core/crypto/key_derivation.h"
#include "core/share/mutable_shape.h"

#include <span>
#include <vector>

namespace tarn::pipeline {

/// Stored bytes (salts and blocks) of a run of segments in one share.
struct MutableRun
{
    ShareNumber share;
    ByteView stored;
    std::span<const Hash256> leaves; ///< of all segments, proven by the signed root
};

/// The run of segments first .. first + count - 1.
struct MutableSpan
{
    std::uint64_t first = 0;
    std::uint64_t count = 0;
};

/// Proves that `leaves` and `chain` lead to the signed root.
/// \param chain  the share hash chain section.
/// \return Corrupt: they do not.
Result<void> proveMutableShare(const share::MutableHeader& header, ShareNumber share,
                               std::span<const Hash256> leaves, ByteView chain);

/// Every block has the hash of its leaf.  \return Corrupt: one has not.
Result<void> verifyMutableRun(const share::MutableShape& shape, MutableSpan span,
                              const MutableRun& run);

/// \param runs  verified, k distinct shares.
/// \return Corrupt: the shares of one segment carry different salts.
Result<Bytes> decodeMutableRun(const share::MutableShape& shape, MutableSpan span,
                               std::span<const MutableRun> runs, const crypto::ReadKey& key,
                               const crypto::Salt& versionSalt);

} // namespace tarn::pipeline
