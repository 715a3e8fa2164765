// tree_shape: where the nodes of a complete binary hash tree lie in its array.
// Breadth first: node 0 is the root, the children of i are 2i+1 and 2i+2, leaf i is node P-1+i,
// P being the least power of two that holds all leaves.
// Source: Tahoe-LAFS docs/specifications/file-encoding.rst, allmydata.hashtree.
#pragma once

#include <cstdint>
#include <vector>

namespace tarn::hashtree {

/// Position of a node in the array of a tree.
using NodeNumber = std::uint64_t;

/// More leaves than any real file has; keeps all arithmetic far from overflow.
constexpr std::uint64_t kMaxLeaves = std::uint64_t{1} << 48U;

class TreeShape
{
public:
    /// \param leafCount  at most kMaxLeaves; 0 makes a tree of one (empty) leaf.
    explicit TreeShape(std::uint64_t leafCount);

    std::uint64_t leafCount() const { return m_leafCount; }
    /// P: leafCount rounded up to a power of two, at least 1.
    std::uint64_t paddedLeaves() const { return m_paddedLeaves; }
    std::uint64_t nodeCount() const { return 2 * m_paddedLeaves - 1; }
    /// log2(P): how many siblings it takes to check a leaf.
    unsigned depth() const;
    NodeNumber nodeOfLeaf(std::uint64_t leaf) const { return m_paddedLeaves - 1 + leaf; }
    bool isLeaf(NodeNumber node) const { return node >= m_paddedLeaves - 1; }

    /// The siblings on the way from `leaf` to the root, ascending; never the root itself.
    std::vector<NodeNumber> neededFor(std::uint64_t leaf) const;

    friend bool operator==(const TreeShape&, const TreeShape&) = default;

private:
    std::uint64_t m_leafCount;
    std::uint64_t m_paddedLeaves;
};

inline NodeNumber parentOf(NodeNumber node)
{
    return (node - 1) / 2;
}

inline NodeNumber siblingOf(NodeNumber node)
{
    return node % 2 == 1 ? node + 1 : node - 1;
}

} // namespace tarn::hashtree
