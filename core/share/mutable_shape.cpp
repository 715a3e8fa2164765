#include "core/share/mutable_shape.h"

#include "core/base/check.h"
#include "core/hashtree/tree_shape.h"
#include "core/share/hash_sections.h"
#include "core/share/segmentation.h"

#include <algorithm>
#include <string>

namespace tarn::share {

namespace {

using cap::MutableFormat;

bool possible(std::uint64_t needed, std::uint64_t total)
{
    return needed >= 1 && needed <= total && total <= kMaxMutableShares;
}

} // namespace

Result<MutableShape> MutableShape::forNewVersion(MutableFormat format, std::uint64_t size,
                                                 std::uint64_t needed, std::uint64_t total)
{
    if (!possible(needed, total)) {
        return Error(ErrorCode::InvalidInput, "mutable files take 1 <= k <= N <= 255, got " +
                                                  std::to_string(needed) + "-of-" +
                                                  std::to_string(total));
    }
    if (format == MutableFormat::Sdmf) {
        if (size > kMaxSdmfSize) {
            return Error(ErrorCode::TooLarge,
                         "SDMF files hold at most " + std::to_string(kMaxSdmfSize) + " bytes");
        }
        return MutableShape(format, size, needed, total, roundUp(size, needed));
    }
    if (size > kMaxMutableSegments * kMdmfSegmentSize) {
        return Error(ErrorCode::TooLarge, "MDMF files hold at most " +
                                              std::to_string(kMaxMutableSegments) + " segments");
    }
    return MutableShape(format, size, needed, total, roundUp(kMdmfSegmentSize, needed));
}

Result<MutableShape> MutableShape::of(const MutableHeader& header)
{
    const std::uint64_t size = header.dataLength;
    const std::uint64_t segment = header.segmentSize;
    if (!possible(header.needed, header.total))
        return Error(ErrorCode::Corrupt, "mutable share: impossible k and N");
    if (segment > kMaxMutableSegment)
        return Error(ErrorCode::TooLarge, "mutable share: segments of more than 256 MiB");
    if (segment % header.needed != 0 || (segment == 0 && size != 0))
        return Error(ErrorCode::Corrupt, "mutable share: impossible segment size");
    if (header.format == MutableFormat::Sdmf && segment != roundUp(size, header.needed))
        return Error(ErrorCode::Corrupt, "mutable share: the segment is not the file");
    if (segment != 0 && size / segment >= kMaxMutableSegments)
        return Error(ErrorCode::TooLarge, "mutable share: too many segments");
    return MutableShape(header.format, size, header.needed, header.total, segment);
}

Result<void> MutableShape::checkSections(const MutableSections& sections) const
{
    constexpr std::uint64_t kMostKey = 4096; // bytes of a key or signature
    constexpr std::uint64_t kMostChain = 2 * kMaxMutableShares * kShareHashEntrySize;
    if (sections.shareData.size() != shareDataSize())
        return Error(ErrorCode::Corrupt, "mutable share: data of another size than its segments");
    const hashtree::TreeShape tree(segmentCount());
    if (sections.blockHashTree.size() != tree.nodeCount() * Hash256::kSize)
        return Error(ErrorCode::Corrupt, "mutable share: block hash tree of a wrong size");
    if (sections.shareHashChain.size() > kMostChain)
        return Error(ErrorCode::Corrupt, "mutable share: share hash chain too long");
    for (const ByteRange key :
         {sections.publicKey, sections.signature, sections.encryptedPrivateKey})
        if (key.size() > kMostKey)
            return Error(ErrorCode::Corrupt, "mutable share: a key too long");
    return ok();
}

std::uint64_t MutableShape::segmentCount() const
{
    return m_size == 0 ? 0 : (m_size + m_segmentSize - 1) / m_segmentSize;
}

std::uint64_t MutableShape::sizeOf(std::uint64_t segment) const
{
    TARN_ASSERT(segment < segmentCount());
    return std::min(m_segmentSize, m_size - segment * m_segmentSize);
}

std::uint64_t MutableShape::blockSizeOf(std::uint64_t segment) const
{
    return (sizeOf(segment) + m_needed - 1) / m_needed;
}

std::uint64_t MutableShape::saltSize() const
{
    return m_format == MutableFormat::Mdmf ? crypto::Salt::kSize : 0;
}

std::uint64_t MutableShape::shareDataSize() const
{
    return storedRange(0, segmentCount()).end;
}

ByteRange MutableShape::storedRange(std::uint64_t first, std::uint64_t count) const
{
    if (count == 0) return {};
    const std::uint64_t stride = m_segmentSize / m_needed + saltSize();
    const std::uint64_t last = first + count - 1;
    return {first * stride, last * stride + saltSize() + blockSizeOf(last)};
}

ByteRange MutableShape::plainRange(std::uint64_t first, std::uint64_t count) const
{
    return {std::min(m_size, first * m_segmentSize),
            std::min(m_size, (first + count) * m_segmentSize)};
}

} // namespace tarn::share
