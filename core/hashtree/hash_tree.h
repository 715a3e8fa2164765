// hash_tree: a complete hash tree, built from its leaves. Pure, any thread.
#pragma once

#include "core/base/ids.h"
#include "core/hashtree/tree_shape.h"

#include <span>
#include <vector>

namespace tarn::hashtree {

/// A node and its hash, as hash chains carry them.
struct NumberedHash
{
    NodeNumber node = 0;
    Hash256 hash;
    friend bool operator==(const NumberedHash&, const NumberedHash&) = default;
};

class HashTree
{
public:
    /// Hashes all inner nodes, a level at a time. One leaf: the root is that leaf. No leaf: the
    /// root is the hash of the empty leaf 0.
    static HashTree build(std::span<const Hash256> leaves);

    const TreeShape& shape() const { return m_shape; }
    const Hash256& root() const { return m_nodes[0]; }
    const Hash256& node(NodeNumber number) const { return m_nodes.at(number); }
    /// All nodes, in the order in which shares store them.
    std::span<const Hash256> nodes() const { return m_nodes; }

    /// shape().neededFor(leaf) with their hashes.
    std::vector<NumberedHash> chainFor(std::uint64_t leaf) const;

private:
    explicit HashTree(TreeShape shape) : m_shape(shape), m_nodes(shape.nodeCount()) {}

    TreeShape m_shape;
    std::vector<Hash256> m_nodes;
};

/// The root alone.
Hash256 rootOf(std::span<const Hash256> leaves);

} // namespace tarn::hashtree
