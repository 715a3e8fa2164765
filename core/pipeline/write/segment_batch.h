// segment_batch: a run of consecutive segments on its way through the write pipeline.
//   PlainSegments -> encrypt.h -> CipherSegments -> encode.h -> EncodedSegments -> hash.h
// Each type is made from the one before, so stages cannot be left out or swapped. The memory
// (BatchBuffers) moves along and is used again for the next run.
#pragma once

#include "core/pipeline/write/encoding_plan.h"

#include <cstddef>
#include <utility>
#include <vector>

namespace tarn::pipeline {

/// Memory for runs of up to `capacity` segments of one file: text and parity blocks.
class BatchBuffers
{
public:
    /// \param capacity  >= 1; see segmentsPerBatch().
    BatchBuffers(const EncodingPlan& plan, std::size_t capacity);
    BatchBuffers(BatchBuffers&&) noexcept = default;
    BatchBuffers& operator=(BatchBuffers&&) noexcept = default;

    const share::Segmentation& file() const { return m_file; }
    std::size_t capacity() const { return m_capacity; }

private:
    friend class SegmentRun;

    share::Segmentation m_file;
    std::size_t m_capacity;
    Bytes m_text;   ///< capacity segments, one after the other, the last one padded
    Bytes m_parity; ///< by share, then by segment: a share's parity blocks are contiguous
};

/// What the three types have in common.
class SegmentRun
{
public:
    SegmentRun(SegmentRun&&) noexcept = default;
    SegmentRun& operator=(SegmentRun&&) noexcept = default;

    const share::Segmentation& file() const { return m_buffers.file(); }
    SegmentNumber first() const { return m_first; }
    std::size_t count() const { return m_count; }
    /// The i-th segment of the run.
    SegmentNumber segment(std::size_t i) const { return SegmentNumber{m_first.value + i}; }
    bool endsFile() const { return m_first.value + m_count == file().segmentCount(); }

    /// Gives the memory back for the next run.
    BatchBuffers release() && { return std::move(m_buffers); }

protected:
    SegmentRun(BatchBuffers buffers, SegmentNumber first);

    /// The unpadded bytes of all segments of the run.
    MutableByteView wholeText();
    ByteView wholeText() const;
    /// The unpadded bytes of the i-th segment.
    ByteView segmentText(std::size_t i) const;
    /// Zeroes between the end of the file and the end of its last block.
    void zeroPadding();
    /// Piece j (< k) of the i-th segment = its block of share j.
    ByteView piece(std::size_t i, std::size_t j) const;
    MutableByteView parityBlock(std::size_t i, ShareNumber share);
    ByteView parityBlock(std::size_t i, ShareNumber share) const;
    ByteView parityBlocks(ShareNumber share) const;

private:
    std::size_t parityOffset(std::size_t i, ShareNumber share) const;

    BatchBuffers m_buffers;
    SegmentNumber m_first;
    std::size_t m_count;
};

/// Segments to be filled with plaintext (or, for repair, with ciphertext).
class PlainSegments : public SegmentRun
{
public:
    /// As many segments as the buffers hold and the file has from `first` on.
    /// \param first  a segment of the file.
    PlainSegments(BatchBuffers buffers, SegmentNumber first) : SegmentRun(std::move(buffers), first)
    {
    }
    /// Where the bytes of the file from segment first() on go; all of it must be filled.
    MutableByteView text() { return wholeText(); }
    ByteView text() const { return wholeText(); }
};

/// Ciphertext. Made by encryptSegments() and takeCiphertext().
class CipherSegments : public SegmentRun
{
public:
    ByteView text() const { return wholeText(); }

private:
    friend CipherSegments encryptSegments(PlainSegments plain, const FileKey& key);
    friend CipherSegments takeCiphertext(PlainSegments ciphertext);
    friend class EncodedSegments;
    explicit CipherSegments(SegmentRun run) : SegmentRun(std::move(run)) {}
};

/// Ciphertext with all its blocks. Made by SegmentEncoder.
class EncodedSegments : public SegmentRun
{
public:
    ByteView text() const { return wholeText(); }
    /// The i-th segment without padding.
    ByteView segmentText(std::size_t i) const { return SegmentRun::segmentText(i); }
    /// The block of `share` (< N) for the i-th segment; lives as long as this run.
    ByteView block(std::size_t i, ShareNumber share) const;
    /// All blocks of `share` in this run, in order: one view where they are contiguous.
    std::vector<ByteView> blocksOf(ShareNumber share) const;

private:
    friend class SegmentEncoder;
    explicit EncodedSegments(CipherSegments run) : SegmentRun(std::move(run)) {}
};

} // namespace tarn::pipeline
