// partial_tree: a hash tree of which only the proven nodes are known. Pure, any thread.
// Every node in it leads to a root from a trusted place, so a leaf found here can be believed.
#pragma once

#include "core/base/result.h"
#include "core/hashtree/hash_tree.h"

#include <map>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

namespace tarn::hashtree {

/// Holds only what was added, so a hostile leaf count costs nothing.
class PartialTree
{
public:
    /// \param root  from a signed or hashed place: the extension block or another tree's leaf.
    PartialTree(TreeShape shape, const Hash256& root);

    const TreeShape& shape() const { return m_shape; }
    bool knows(NodeNumber node) const { return m_nodes.contains(node); }
    std::optional<Hash256> find(NodeNumber node) const;
    std::optional<Hash256> leaf(std::uint64_t index) const;

    /// What add() still has to be given, besides the leaf itself, to prove leaf `index`:
    /// ascending, empty when the leaf is known already.
    std::vector<NodeNumber> missingFor(std::uint64_t index) const;

    /// Adds nodes that together with the known ones lead to the root; all of them or, on any
    /// error, none.
    /// \return Corrupt: a node past the tree, two hashes for one node, a hash that does not
    ///         lead to its parent, or a node whose sibling is neither given nor known.
    Result<void> add(std::span<const NumberedHash> nodes);
    /// add() of one leaf whose siblings are known.  \return InvalidInput: no such leaf.
    Result<void> addLeaf(std::uint64_t index, const Hash256& hash);

private:
    using Nodes = std::map<NodeNumber, Hash256>;

    const Hash256* lookUp(const Nodes& staged, NodeNumber node) const;
    Result<void> stage(Nodes& staged, NodeNumber node, const Hash256& hash) const;
    Result<void> proveLevel(Nodes& staged, unsigned level) const;

    TreeShape m_shape;
    std::unordered_map<NodeNumber, Hash256> m_nodes;
};

} // namespace tarn::hashtree
