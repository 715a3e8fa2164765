#include "core/pipeline/write/encoding_plan.h"

#include "core/share/uri_extension.h"

#include <algorithm>

namespace tarn::pipeline {

Result<EncodingPlan> EncodingPlan::forNewFile(std::uint64_t size, std::uint64_t needed,
                                              std::uint64_t total, std::uint64_t maxSegmentSize)
{
    TARN_TRY(const share::Segmentation file,
             share::Segmentation::forNewFile(size, needed, total, maxSegmentSize));
    return of(file);
}

EncodingPlan EncodingPlan::of(const share::Segmentation& file)
{
    const std::uint64_t extensionSize = share::uriExtensionSize(file);
    const share::PlannedLayout planned = share::layOut(file, extensionSize);
    return {file, planned.layout, extensionSize, planned.allocatedSize};
}

cap::ImmutableReadCap readCapOf(const EncodingPlan& plan, const FileKey& key,
                                const Hash256& uriExtensionHash)
{
    return {key, uriExtensionHash, plan.file.needed(), plan.file.total(), plan.file.size()};
}

std::size_t segmentsPerBatch(const EncodingPlan& plan)
{
    constexpr std::uint64_t kBatchBytes = std::uint64_t{7} << 20U;
    constexpr std::uint64_t kMostSegments = 64;
    const std::uint64_t bytesPerSegment = plan.file.blockSize() * plan.file.total();
    const std::uint64_t fitting = kBatchBytes / bytesPerSegment;
    const std::uint64_t wanted = std::min({fitting, kMostSegments, plan.file.segmentCount()});
    return static_cast<std::size_t>(std::max<std::uint64_t>(wanted, 1));
}

} // namespace tarn::pipeline
