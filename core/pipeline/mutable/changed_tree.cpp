#include "core/pipeline/mutable/changed_tree.h"

#include "core/base/ids.h"

#include <algorithm>

namespace tarn::pipeline {

std::vector<ByteRange> changedTreeParts(const hashtree::TreeShape& tree, std::uint64_t first,
                                        std::uint64_t count)
{
    std::vector<ByteRange> parts;
    hashtree::NodeNumber low = tree.nodeOfLeaf(first);
    hashtree::NodeNumber high = tree.nodeOfLeaf(first + count - 1);
    for (;;) {
        const ByteRange level{low * Hash256::kSize, (high + 1) * Hash256::kSize};
        if (!parts.empty() && parts.back().begin == level.end)
            parts.back().begin = level.begin;
        else
            parts.push_back(level);
        if (low == 0) break;
        low = hashtree::parentOf(low);
        high = hashtree::parentOf(high);
    }
    std::reverse(parts.begin(), parts.end());
    return parts;
}

} // namespace tarn::pipeline
