#include "core/hashtree/partial_tree.h"

#include "core/hashtree/node_hash.h"

#include <algorithm>

namespace tarn::hashtree {

namespace {
NodeNumber leftOf(NodeNumber node)
{
    return node % 2 == 1 ? node : node - 1;
}

Error corrupt(NodeNumber node, const char* what)
{
    return Error(ErrorCode::Corrupt, "hash tree node " + std::to_string(node) + " " + what);
}
} // namespace

PartialTree::PartialTree(TreeShape shape, const Hash256& root) : m_shape(shape)
{
    m_nodes.emplace(0, root);
}

std::optional<Hash256> PartialTree::find(NodeNumber node) const
{
    const auto known = m_nodes.find(node);
    if (known == m_nodes.end()) return std::nullopt;
    return known->second;
}

std::optional<Hash256> PartialTree::leaf(std::uint64_t index) const
{
    if (index >= m_shape.leafCount()) return std::nullopt;
    return find(m_shape.nodeOfLeaf(index));
}

std::vector<NodeNumber> PartialTree::missingFor(std::uint64_t index) const
{
    std::vector<NodeNumber> missing;
    // Above a known node everything needed is known: it was proven by its path.
    for (NodeNumber node = m_shape.nodeOfLeaf(index); !knows(node); node = parentOf(node))
        if (!knows(siblingOf(node))) missing.push_back(siblingOf(node));
    std::reverse(missing.begin(), missing.end());
    return missing;
}

const Hash256* PartialTree::lookUp(const Nodes& staged, NodeNumber node) const
{
    if (const auto known = m_nodes.find(node); known != m_nodes.end()) return &known->second;
    if (const auto fresh = staged.find(node); fresh != staged.end()) return &fresh->second;
    return nullptr;
}

Result<void> PartialTree::stage(Nodes& staged, NodeNumber node, const Hash256& hash) const
{
    if (node >= m_shape.nodeCount()) return corrupt(node, "lies past the tree");
    if (const Hash256* known = lookUp(staged, node)) {
        if (*known != hash) return corrupt(node, "does not match");
        return ok();
    }
    staged.emplace(node, hash);
    return ok();
}

Result<void> PartialTree::proveLevel(Nodes& staged, unsigned level) const
{
    const NodeNumber first = (NodeNumber{1} << level) - 1;
    std::vector<NodeNumber> parents;
    std::vector<Hash256> children;
    for (auto it = staged.lower_bound(first); it != staged.end() && it->first <= 2 * first; ++it) {
        const NodeNumber left = leftOf(it->first);
        if (!parents.empty() && parents.back() == parentOf(left)) continue;
        for (const NodeNumber child : {left, left + 1}) {
            const Hash256* hash = lookUp(staged, child);
            if (hash == nullptr) return corrupt(child, "is missing to check its sibling");
            children.push_back(*hash);
        }
        parents.push_back(parentOf(left));
    }
    std::vector<Hash256> hashes(parents.size());
    hashPairs(children, hashes);
    for (std::size_t i = 0; i < parents.size(); ++i)
        TARN_TRY_VOID(stage(staged, parents[i], hashes[i]));
    return ok();
}

Result<void> PartialTree::add(std::span<const NumberedHash> nodes)
{
    Nodes staged;
    for (const NumberedHash& given : nodes)
        TARN_TRY_VOID(stage(staged, given.node, given.hash));
    for (unsigned level = m_shape.depth(); level > 0; --level)
        TARN_TRY_VOID(proveLevel(staged, level));
    m_nodes.insert(staged.begin(), staged.end());
    return ok();
}

Result<void> PartialTree::addLeaf(std::uint64_t index, const Hash256& hash)
{
    if (index >= m_shape.leafCount())
        return Error(ErrorCode::InvalidInput, "no leaf " + std::to_string(index));
    const NumberedHash leaf{m_shape.nodeOfLeaf(index), hash};
    return add(std::span(&leaf, 1));
}

} // namespace tarn::hashtree
