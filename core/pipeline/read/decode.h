// decode: turns any k verified blocks of one segment back into its ciphertext. Pure, any thread.
// Source: zfec and Tahoe-LAFS docs/specifications/file-encoding.rst.
#pragma once

#include "core/base/result.h"
#include "core/pipeline/read/verified_block.h"
#include "core/share/segmentation.h"

#include <span>

namespace tarn::pipeline {

/// Memory in which one segment comes together: k slots side by side. Blocks of data shares read
/// straight into their slots are not copied again. Used again for the next segment.
class SegmentBuffer
{
public:
    explicit SegmentBuffer(const share::Segmentation& file);
    SegmentBuffer(SegmentBuffer&&) noexcept = default;
    SegmentBuffer& operator=(SegmentBuffer&&) noexcept = default;

    const share::Segmentation& file() const { return m_file; }
    /// Where block `piece` (< k) of `segment` belongs.
    MutableByteView slot(SegmentNumber segment, unsigned piece);

private:
    friend class DecodedSegment;

    share::Segmentation m_file;
    Bytes m_text; ///< one padded segment
};

/// Ciphertext that has not yet met the crypttext hash tree; only verifySegments() takes it on.
class DecodedSegment
{
public:
    SegmentNumber number() const { return m_number; }
    const share::Segmentation& file() const { return m_buffer.file(); }
    /// In file order, padding cut off.
    ByteView ciphertext() const;
    SegmentBuffer release() && { return std::move(m_buffer); }

private:
    friend Result<DecodedSegment> decodeSegment(std::span<const VerifiedBlock> blocks,
                                                SegmentBuffer buffer);
    friend class PlainSegment;
    DecodedSegment(SegmentNumber number, SegmentBuffer buffer)
        : m_number(number), m_buffer(std::move(buffer))
    {
    }
    MutableByteView mutableText();

    SegmentNumber m_number;
    SegmentBuffer m_buffer;
};

/// \param blocks  exactly k, distinct shares, of one segment.
/// \param buffer  of the same file; blocks may lie in its slots.
/// \return NotEnoughShares: fewer than k.  InvalidInput: duplicate shares, several segments.
///         Wrong bytes pass here: verifyBlocks() before and verifySegments() after catch them.
Result<DecodedSegment> decodeSegment(std::span<const VerifiedBlock> blocks, SegmentBuffer buffer);

} // namespace tarn::pipeline
