// terms: on which terms somebody is a member of a grid. Pure, any thread.
// Source: design.md section 7; core/doc/protocol/membership.md.
#pragma once

#include "core/membership/grid_id.h"

namespace tarn::membership {

/// 128 random bits: which invite of its inviter.
using InviteId = FixedBytes<struct InviteIdTag, 16>;

enum class Role : std::uint32_t {
    Friend = 1, ///< uses the storage of others and may offer its own
    Guest = 2,  ///< only uses it, and invites nobody
};
/// "friend", "guest".
std::string_view nameOf(Role role);
/// \return InvalidInput: another word.
Result<Role> parseRole(std::string_view text);

/// The founder's; so many generations can follow it.
inline constexpr unsigned kMaxDepth = 8;

struct Terms
{
    Role role = Role::Friend;
    unsigned depth = 0;           ///< how many generations may follow; 0: may not invite
    std::uint64_t quotaBytes = 0; ///< on each server, at most; 0: what each owner allows
    /// Who may invite may vouch for others, too.
    bool mayIssue() const { return depth > 0; }
    friend bool operator==(const Terms&, const Terms&) = default;
};

/// \return InvalidInput: no such role, a guest who may invite, a depth that nobody can give.
Result<void> checkTerms(const Terms& terms);
/// True when `given` is no more than `most`.
bool isWithin(const Terms& given, const Terms& most);

} // namespace tarn::membership
