// node_hash: the hashes of inner nodes and of missing leaves, many at once.
#pragma once

#include "core/base/ids.h"

#include <cstdint>
#include <span>

namespace tarn::hashtree {

/// out[i] = hash of the inner node over children[2i] (left) and children[2i + 1] (right).
/// \param children  twice as many as `out`.
void hashPairs(std::span<const Hash256> children, std::span<Hash256> out);

/// out[i] = hash that stands for the missing leaf `first` + i.
void hashEmptyLeaves(std::uint64_t first, std::span<Hash256> out);

} // namespace tarn::hashtree
