// changed_tree: which parts of a stored hash tree change with some of its leaves. Pure.
#pragma once

#include "core/base/byte_range.h"
#include "core/hashtree/tree_shape.h"

#include <vector>

namespace tarn::pipeline {

/// The nodes above and at leaves first .. first + count - 1, as byte ranges of the stored tree,
/// ascending, disjoint, not adjacent.
/// \pre the leaves exist; count > 0
std::vector<ByteRange> changedTreeParts(const hashtree::TreeShape& tree, std::uint64_t first,
                                        std::uint64_t count);

} // namespace tarn::pipeline
