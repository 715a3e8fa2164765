// outbox_plan: which of a file's waiting shares goes to which member now. Pure.
// Source: core/doc/decisions/0061.
#pragma once

#include "core/base/ids.h"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace tarn::profiles {

/// A member that may hold shares, this node included.
struct OutboxMember
{
    std::string id;
    bool wanted = true;    ///< by the owner; else it gets none, and what it has counts
    bool ready = false;    ///< it is there, was asked what it has, and takes shares
    bool coming = false;   ///< it is there, and will soon be asked: always waited for
    bool self = false;     ///< this node, whose disk has the outbox as well
    std::string household; ///< empty: it stands alone
};

struct OutboxFile
{
    std::uint32_t needed = 1;
    std::uint32_t total = 1;
    std::set<ShareNumber> waiting;
    std::map<std::string, std::set<ShareNumber>> held;    ///< by id: seen to arrive, or compared
    std::map<std::string, std::set<ShareNumber>> claimed; ///< by id: as the member says
    bool patient = true;                                  ///< members that are away are waited for
};

struct OutboxMoves
{
    std::set<ShareNumber> arrived; ///< some member has them, that is proven
    /// Also of a share that the member says it has: to be proven.
    std::vector<std::pair<ShareNumber, std::string>> moves;
};

/// Each member gets one share; second ones only where nobody is waited for, and never this node. A
/// household gets N - k shares at most, unless nobody is waited for and there is no other place.
/// What a member only says counts for one share.
/// \param members  in the order in which they are preferred.
OutboxMoves planMoves(const OutboxFile& file, const std::vector<OutboxMember>& members);

/// What counts as being with each member: what is held; where that is nothing, one of those
/// claimed.
std::map<std::string, std::set<ShareNumber>>
countedShares(const OutboxFile& file, const std::vector<OutboxMember>& members);

/// Distinct shares of them.
std::set<ShareNumber> sharesOut(const OutboxFile& file, const std::vector<OutboxMember>& members);

/// How many of `holders` may vanish, whichever they are, and `needed` different shares are left.
/// Never more than is true; -1: there are not even so many.
int mayVanish(const std::map<std::string, std::set<ShareNumber>>& holders, std::uint32_t needed);

} // namespace tarn::profiles
