#include "core/hashtree/hash_tree.h"

#include "core/hashtree/node_hash.h"

#include <algorithm>

namespace tarn::hashtree {

HashTree HashTree::build(std::span<const Hash256> leaves)
{
    HashTree tree{TreeShape(leaves.size())};
    const std::span<Hash256> nodes(tree.m_nodes);
    std::uint64_t width = tree.m_shape.paddedLeaves();
    const std::span<Hash256> bottom = nodes.last(width);
    std::copy(leaves.begin(), leaves.end(), bottom.begin());
    hashEmptyLeaves(leaves.size(), bottom.subspan(leaves.size()));
    for (; width > 1; width /= 2) {
        // A level of `width` nodes begins at node width - 1.
        hashPairs(nodes.subspan(width - 1, width), nodes.subspan(width / 2 - 1, width / 2));
    }
    return tree;
}

std::vector<NumberedHash> HashTree::chainFor(std::uint64_t leaf) const
{
    std::vector<NumberedHash> chain;
    for (const NodeNumber number : m_shape.neededFor(leaf))
        chain.push_back({number, node(number)});
    return chain;
}

Hash256 rootOf(std::span<const Hash256> leaves)
{
    return HashTree::build(leaves).root();
}

} // namespace tarn::hashtree
