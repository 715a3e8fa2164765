// segmentation: how a file is cut into segments and blocks. Pure arithmetic, any thread.
// Source: Tahoe-LAFS docs/specifications/file-encoding.rst, allmydata.immutable.encode.
#pragma once

#include "core/base/byte_range.h"
#include "core/base/ids.h"
#include "core/base/result.h"

#include <cstdint>

namespace tarn::share {

/// `value` rounded up to a multiple of `unit`; unit > 0, no overflow expected.
constexpr std::uint64_t roundUp(std::uint64_t value, std::uint64_t unit)
{
    return (value + unit - 1) / unit * unit;
}

/// Files of this many bytes or fewer live inside their capability and have no segments.
constexpr std::uint64_t kMaxLiteralSize = 55;

/// The numbers of one file, checked: 1 <= k <= N <= 256, size >= 1, segment size a positive
/// multiple of k, and everything small enough that no offset in a share can overflow.
class Segmentation
{
public:
    /// For a new file: the segment size is min(maxSegmentSize, size) rounded up to a multiple of k.
    /// \return InvalidInput, naming the number that is out of range.
    static Result<Segmentation> forNewFile(std::uint64_t size, std::uint64_t needed,
                                           std::uint64_t total, std::uint64_t maxSegmentSize);
    /// For a file that exists, with the segment size of its extension block.
    static Result<Segmentation> ofFile(std::uint64_t size, std::uint64_t needed,
                                       std::uint64_t total, std::uint64_t segmentSize);

    std::uint64_t size() const { return m_size; }               ///< bytes of the file
    unsigned needed() const { return m_needed; }                ///< k
    unsigned total() const { return m_total; }                  ///< N
    std::uint64_t segmentSize() const { return m_segmentSize; } ///< bytes, all but the last

    std::uint64_t segmentCount() const;
    /// Bytes of the last segment as it is in the file, 1 .. segmentSize().
    std::uint64_t tailSize() const;
    /// The last segment padded to a multiple of k.
    std::uint64_t paddedTailSize() const { return roundUp(tailSize(), m_needed); }
    /// Bytes of block data in one share.
    std::uint64_t shareDataSize() const;

    bool isLast(SegmentNumber segment) const { return segment.value + 1 == segmentCount(); }
    /// Bytes of `segment` in the file.
    std::uint64_t sizeOf(SegmentNumber segment) const;
    /// The same, padded to a multiple of k.
    std::uint64_t paddedSizeOf(SegmentNumber segment) const;
    std::uint64_t blockSize() const { return m_segmentSize / m_needed; }
    std::uint64_t blockSizeOf(SegmentNumber segment) const;

    /// Where `segment` lies in the file.
    ByteRange rangeOf(SegmentNumber segment) const;
    /// Where its block lies in the data of a share.
    ByteRange blockRangeOf(SegmentNumber segment) const;
    /// The segment with byte `offset` of the file; offset < size().
    SegmentNumber segmentAt(std::uint64_t offset) const;

    friend bool operator==(const Segmentation&, const Segmentation&) = default;

private:
    Segmentation(std::uint64_t size, unsigned needed, unsigned total, std::uint64_t segmentSize)
        : m_size(size), m_segmentSize(segmentSize), m_needed(needed), m_total(total)
    {
    }

    std::uint64_t m_size;
    std::uint64_t m_segmentSize;
    unsigned m_needed;
    unsigned m_total;
};

} // namespace tarn::share
