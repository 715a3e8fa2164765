// hash_sections: how shares store hash chains and hash trees. Big-endian. Pure.
// Source: allmydata.immutable.layout, allmydata.mutable.layout.
#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/hashtree/hash_tree.h"

#include <span>
#include <vector>

namespace tarn::share {

/// u16 node number, hash.
constexpr std::size_t kShareHashEntrySize = 2 + Hash256::kSize;

/// A share hash chain, ascending. \pre node numbers below 2^16.
Bytes encodeShareHashes(std::span<const hashtree::NumberedHash> chain);
/// In any order.  \return Corrupt: no multiple of 34 bytes.
Result<std::vector<hashtree::NumberedHash>> parseShareHashes(ByteView section);

/// All nodes of a tree, in their order.
void appendTree(Bytes& to, const hashtree::HashTree& tree);
/// Consecutive nodes of a stored tree, beginning with node `first`.
/// \return Corrupt: no multiple of 32 bytes.
Result<std::vector<hashtree::NumberedHash>> parseTreeNodes(ByteView bytes,
                                                           hashtree::NodeNumber first);

} // namespace tarn::share
