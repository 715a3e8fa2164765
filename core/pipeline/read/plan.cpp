#include "core/pipeline/read/plan.h"

#include <algorithm>

namespace tarn::pipeline {

SegmentSpan segmentsHolding(const share::Segmentation& file, ByteRange range)
{
    if (range.empty()) return {file.segmentAt(range.begin), 0};
    const SegmentNumber first = file.segmentAt(range.begin);
    const SegmentNumber last = file.segmentAt(range.end - 1);
    return {first, last.value - first.value + 1};
}

ByteRange partIn(const share::Segmentation& file, SegmentNumber segment, ByteRange range)
{
    const ByteRange whole = file.rangeOf(segment);
    const std::uint64_t begin = std::clamp(range.begin, whole.begin, whole.end);
    const std::uint64_t end = std::clamp(range.end, begin, whole.end);
    return {begin - whole.begin, end - whole.begin};
}

ByteRange blocksIn(const share::ImmutableLayout& layout, const share::Segmentation& file,
                   SegmentSpan segments)
{
    const ByteRange first = file.blockRangeOf(segments.first);
    if (segments.count == 0) return {layout.data + first.begin, layout.data + first.begin};
    const SegmentNumber last{segments.first.value + segments.count - 1};
    return {layout.data + first.begin, layout.data + file.blockRangeOf(last).end};
}

Result<std::vector<NodeRun>> nodeRuns(ByteRange tree, std::span<const hashtree::NodeNumber> nodes)
{
    std::vector<NodeRun> runs;
    for (const hashtree::NodeNumber node : nodes) {
        if (node >= tree.size() / Hash256::kSize)
            return Error(ErrorCode::Corrupt, "a hash tree is shorter than its file needs");
        const std::uint64_t begin = tree.begin + node * Hash256::kSize;
        if (runs.empty() || runs.back().range.end != begin) runs.push_back({node, {begin, begin}});
        runs.back().range.end = begin + Hash256::kSize;
    }
    return runs;
}

Result<EncodingPlan> expectedShares(std::uint64_t size, std::uint64_t needed, std::uint64_t total)
{
    constexpr std::uint64_t kDefaultSegmentSize = std::uint64_t{1} << 20U;
    return EncodingPlan::forNewFile(size, needed, total, kDefaultSegmentSize);
}

} // namespace tarn::pipeline
