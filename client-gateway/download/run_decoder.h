// run_decoder: the blocks of k shares for a run of segments -> verified ciphertext -> plaintext:
// the pure stages of core/pipeline/read, for several segments in one job. Any thread.
#pragma once

#include "client-gateway/download/share_reader.h"
#include "core/pipeline/read/decrypt.h"
#include "core/pipeline/read/plan.h"
#include "core/pipeline/read/verify.h"

#include <span>
#include <vector>

namespace tarn::gateway {

/// A block that is not what it should be.
struct BadBlock
{
    ShareNumber share;
    Error why; ///< Corrupt, "corruption in share[START-END): reason"
};

/// Either all segments, or the first bad block of every share that has any.
struct DecodedRun
{
    std::vector<pipeline::VerifiedSegment> segments;
    std::vector<BadBlock> bad;
};

/// \param shares    exactly k, distinct, each with all blocks of `segments`.
/// \param expected  hashes of the same segments.
/// \param buffers   memory from earlier runs; what is missing is made.
/// \return Corrupt: the shares agree with their hashes, but do not make the file: whoever
///         uploaded it did it wrong.
Result<DecodedRun> decodeRun(const share::Segmentation& file, pipeline::SegmentSpan segments,
                             std::span<const FetchedBlocks> shares,
                             std::span<const pipeline::ProvenSegmentHash> expected,
                             std::vector<pipeline::SegmentBuffer> buffers);

/// \return the first block of each share that is wrong.
std::vector<BadBlock> verifyRun(const share::Segmentation& file, pipeline::SegmentSpan segments,
                                std::span<const FetchedBlocks> shares);

/// \param wanted  of the file: what lies outside stays undecrypted.
std::vector<pipeline::PlainSegment> decryptRun(std::vector<pipeline::VerifiedSegment> segments,
                                               const FileKey& key, ByteRange wanted);

} // namespace tarn::gateway
