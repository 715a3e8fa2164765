// plan: which bytes of a share answer a question about a file. Pure, any thread.
#pragma once

#include "core/base/byte_range.h"
#include "core/base/result.h"
#include "core/hashtree/tree_shape.h"
#include "core/pipeline/write/encoding_plan.h"
#include "core/share/immutable_layout.h"
#include "core/share/segmentation.h"

#include <cstdint>
#include <span>
#include <vector>

namespace tarn::pipeline {

/// Consecutive segments.
struct SegmentSpan
{
    SegmentNumber first;
    std::uint64_t count = 0;
    friend bool operator==(const SegmentSpan&, const SegmentSpan&) = default;
};

/// The segments that hold `range` of the file; none for an empty range.
/// \pre range.begin <= range.end <= file.size()
SegmentSpan segmentsHolding(const share::Segmentation& file, ByteRange range);

/// The part of `range` that lies in `segment`, counted from the start of the segment.
ByteRange partIn(const share::Segmentation& file, SegmentNumber segment, ByteRange range);

/// Where the blocks of consecutive segments lie in a share: contiguous, each block as long as
/// file.blockSizeOf() says.
ByteRange blocksIn(const share::ImmutableLayout& layout, const share::Segmentation& file,
                   SegmentSpan segments);

/// Nodes of a stored tree that lie side by side, and where.
struct NodeRun
{
    hashtree::NodeNumber first = 0;
    ByteRange range; ///< in the share; read with share::parseTreeNodes(bytes, first)
    friend bool operator==(const NodeRun&, const NodeRun&) = default;
};

/// \param tree   the section of the tree, of layout.crypttextTreeRange() or blockHashesRange().
/// \param nodes  ascending.
/// \return Corrupt: the section is too short for a node.
Result<std::vector<NodeRun>> nodeRuns(ByteRange tree, std::span<const hashtree::NodeNumber> nodes);

/// What a reader expects of the shares of a file before it has seen its extension block: the
/// segment size that writers use by default. Only a guess; saves a round trip when right.
/// \return InvalidInput: size, k and N of the capability are impossible.
Result<EncodingPlan> expectedShares(std::uint64_t size, std::uint64_t needed, std::uint64_t total);

} // namespace tarn::pipeline
