// member_report: what a person reads of a node's members and invites. Pure.
#pragma once

#include "core/control/member_values.h"

#include <string>
#include <vector>

namespace tarn::gateway::cli {

/// A line each.
std::string invitesText(const std::vector<control::InviteView>& invites);
/// Several lines.
std::string inviteText(const control::InviteView& invite);

/// A line each.
std::string membersText(const std::vector<control::MemberView>& members);
/// A line each: whether new shares go there, and who shares a fate.
std::string placementText(const std::vector<control::MemberView>& members);
/// Several lines.
std::string memberText(const control::MemberView& member);

} // namespace tarn::gateway::cli
