// households: servers that share a fate (one roof, one line, one owner) should not hold so many
// shares of a file that it is lost with them. Pure, any thread. Source: design.md section 7.
#pragma once

#include "core/pipeline/write/place.h"

namespace tarn::pipeline {

struct SpreadRule
{
    std::uint32_t needed = 1; ///< k
    std::uint32_t total = 1;  ///< N: one household should hold N - k at most
    std::uint32_t happy = 1;  ///< of so many servers, none is emptied for it
};

/// Moves shares out of households that hold more than N - k, where there is room elsewhere.
/// \param placement   as placeShares() makes it for these servers.
/// \param households  by server: servers with the same number share a fate.
/// \return the same shares; where no server outside can take one, they stay. No household that was
///         within the bound goes beyond it.
std::map<ShareNumber, ServerIndex> spreadHouseholds(std::map<ShareNumber, ServerIndex> placement,
                                                    std::span<const PlacementServer> servers,
                                                    std::span<const std::size_t> households,
                                                    SpreadRule rule);

} // namespace tarn::pipeline
