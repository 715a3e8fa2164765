#include "core/share/segmentation.h"

#include "core/hashtree/tree_shape.h"

#include <algorithm>
#include <string>

namespace tarn::share {

namespace {

/// Largest file: keeps every sum of sizes and offsets far below 2^64.
constexpr std::uint64_t kMaxFileSize = std::uint64_t{1} << 60U;
constexpr std::uint64_t kMaxShares = 256;

Error outOfRange(const char* name, std::uint64_t value, const char* rule)
{
    return Error(ErrorCode::InvalidInput,
                 std::string(name) + " is " + std::to_string(value) + ", must be " + rule);
}

Result<void> checkNumbers(std::uint64_t size, std::uint64_t needed, std::uint64_t total)
{
    if (size < 1) return outOfRange("size", size, "at least 1");
    if (size > kMaxFileSize) return outOfRange("size", size, "at most 2^60");
    if (total < 1 || total > kMaxShares) return outOfRange("total shares", total, "1 to 256");
    if (needed < 1 || needed > total)
        return outOfRange("needed shares", needed, "between 1 and total shares");
    return ok();
}

} // namespace

Result<Segmentation> Segmentation::forNewFile(std::uint64_t size, std::uint64_t needed,
                                              std::uint64_t total, std::uint64_t maxSegmentSize)
{
    TARN_TRY_VOID(checkNumbers(size, needed, total));
    if (maxSegmentSize < 1) return outOfRange("segment size", maxSegmentSize, "at least 1");
    return ofFile(size, needed, total, roundUp(std::min(maxSegmentSize, size), needed));
}

Result<Segmentation> Segmentation::ofFile(std::uint64_t size, std::uint64_t needed,
                                          std::uint64_t total, std::uint64_t segmentSize)
{
    TARN_TRY_VOID(checkNumbers(size, needed, total));
    if (segmentSize < 1 || segmentSize > kMaxFileSize + kMaxShares || segmentSize % needed != 0)
        return outOfRange("segment size", segmentSize, "a positive multiple of needed shares");
    const Segmentation result(size, static_cast<unsigned>(needed), static_cast<unsigned>(total),
                              segmentSize);
    if (result.segmentCount() > hashtree::kMaxLeaves)
        return outOfRange("number of segments", result.segmentCount(), "at most 2^48");
    return result;
}

std::uint64_t Segmentation::segmentCount() const
{
    return (m_size - 1) / m_segmentSize + 1;
}

std::uint64_t Segmentation::tailSize() const
{
    return m_size - (segmentCount() - 1) * m_segmentSize;
}

std::uint64_t Segmentation::shareDataSize() const
{
    return blockSize() * (segmentCount() - 1) + paddedTailSize() / m_needed;
}

std::uint64_t Segmentation::sizeOf(SegmentNumber segment) const
{
    return isLast(segment) ? tailSize() : m_segmentSize;
}

std::uint64_t Segmentation::paddedSizeOf(SegmentNumber segment) const
{
    return isLast(segment) ? paddedTailSize() : m_segmentSize;
}

std::uint64_t Segmentation::blockSizeOf(SegmentNumber segment) const
{
    return paddedSizeOf(segment) / m_needed;
}

ByteRange Segmentation::rangeOf(SegmentNumber segment) const
{
    const std::uint64_t begin = segment.value * m_segmentSize;
    return {begin, begin + sizeOf(segment)};
}

ByteRange Segmentation::blockRangeOf(SegmentNumber segment) const
{
    const std::uint64_t begin = segment.value * blockSize();
    return {begin, begin + blockSizeOf(segment)};
}

SegmentNumber Segmentation::segmentAt(std::uint64_t offset) const
{
    return SegmentNumber{offset / m_segmentSize};
}

} // namespace tarn::share
