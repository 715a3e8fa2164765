// share_counts: how a file is spread among the members of a grid, by their number. Pure, any
// thread. Source: core/doc/protocol/membership.md.
#pragma once

#include <cstdint>

namespace tarn::membership {

struct ShareCounts
{
    std::uint32_t needed = 1; ///< k
    std::uint32_t happy = 1;
    std::uint32_t total = 1; ///< N
    friend bool operator==(const ShareCounts&, const ShareCounts&) = default;
};

inline constexpr std::uint32_t kMostShares = 20;

/// One share per member up to 20, of which three tenths are enough: 1-of-3, 2-of-5, 3-of-10,
/// 6-of-20. \param members  who offer storage, this node included; 0 counts as 1. \return 1 <=
/// needed <= happy <= total <= kMostShares.
ShareCounts shareCountsFor(std::uint32_t members);

} // namespace tarn::membership
