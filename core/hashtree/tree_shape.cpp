#include "core/hashtree/tree_shape.h"

#include "core/base/check.h"

#include <algorithm>
#include <bit>

namespace tarn::hashtree {

TreeShape::TreeShape(std::uint64_t leafCount)
    : m_leafCount(leafCount), m_paddedLeaves(std::bit_ceil(std::max<std::uint64_t>(leafCount, 1)))
{
    TARN_ASSERT(leafCount <= kMaxLeaves);
}

unsigned TreeShape::depth() const
{
    return static_cast<unsigned>(std::countr_zero(m_paddedLeaves));
}

std::vector<NodeNumber> TreeShape::neededFor(std::uint64_t leaf) const
{
    std::vector<NodeNumber> needed;
    needed.reserve(depth());
    for (NodeNumber node = nodeOfLeaf(leaf); node != 0; node = parentOf(node))
        needed.push_back(siblingOf(node));
    std::reverse(needed.begin(), needed.end());
    return needed;
}

} // namespace tarn::hashtree
