// verify: bytes from servers against proven hashes, many at once. Pure, any thread.
//   fetched bytes -> VerifiedBlock -> decode.h -> DecodedSegment -> VerifiedSegment -> decrypt.h
#pragma once

#include "core/base/result.h"
#include "core/pipeline/read/decode.h"
#include "core/pipeline/read/file_proof.h"
#include "core/pipeline/read/verified_block.h"

#include <span>
#include <vector>

namespace tarn::pipeline {

/// A block as it came, and the hash that it must have.
struct FetchedBlock
{
    ProvenBlockHash expected;
    ByteView bytes; ///< must outlive the VerifiedBlock
};

/// Answers in the order of `blocks`.
/// \return for each: Corrupt where length or hash are wrong.
std::vector<Result<VerifiedBlock>> verifyBlocks(std::span<const FetchedBlock> blocks);

/// Ciphertext of a segment that leads to the capability. Made by verifySegments().
class VerifiedSegment
{
public:
    SegmentNumber number() const { return m_decoded.number(); }
    const share::Segmentation& file() const { return m_decoded.file(); }
    ByteView ciphertext() const { return m_decoded.ciphertext(); }
    SegmentBuffer release() && { return std::move(m_decoded).release(); }

private:
    friend std::vector<Result<VerifiedSegment>>
    verifySegments(std::vector<DecodedSegment> segments,
                   std::span<const ProvenSegmentHash> expected);
    friend class PlainSegment;
    explicit VerifiedSegment(DecodedSegment decoded) : m_decoded(std::move(decoded)) {}

    DecodedSegment m_decoded;
};

/// \param expected  of the same segments in the same order.
/// \return for each: Corrupt: the blocks were what the uploader hashed, but not a file (or
///         `expected` is of another segment).
std::vector<Result<VerifiedSegment>> verifySegments(std::vector<DecodedSegment> segments,
                                                    std::span<const ProvenSegmentHash> expected);

} // namespace tarn::pipeline
