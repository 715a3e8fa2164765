// spare_copies: which copies of shares nobody needs, where servers come and go and each version is
// written to whoever is there. Pure. Source: core/doc/decisions/0062.
#pragma once

#include "client-gateway/mutable/share_goal.h"

namespace tarn::gateway {

/// Takes copies that pile up out of `goals`: of each number one copy is enough besides the owner's
/// own, who needs k different ones; those of `wanted` keep one share each, as far as there are no
/// more of them than numbers. Those with the most give up theirs first. A copy stays where without
/// it a household alone had more than N - k numbers.
/// \param wanted  servers that the owner wishes to have shares, by id.
/// \return who gives up some; doing it again finds none.
std::set<std::string> dropSpareCopies(std::vector<ServerGoal>& goals, const MutableHome& home,
                                      PlacementCounts counts, const std::set<std::string>& wanted);

/// The servers of `goals` that may be given shares, as the owner wishes, by id.
std::set<std::string> wantedOf(const std::vector<ServerGoal>& goals, const MutableHome& home,
                               StorageIndex index, std::uint32_t total, WallTime now);

} // namespace tarn::gateway
