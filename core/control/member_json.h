// member_json: the values of member_values.h as JSON, both ways. Pure, any thread.
// Source: core/doc/protocol/control.md.
#pragma once

#include "core/base/result.h"
#include "core/control/member_values.h"

#include <nlohmann/json_fwd.hpp>

namespace tarn::control {

// Keys that readers do not know are skipped. Answers that lack a key, or have one of another type,
// are PeerMisbehaved; requests InvalidInput.

nlohmann::json jsonOf(const InviteView& invite);
Result<InviteView> readInviteView(const nlohmann::json& json);
/// {"invites": [...]}
nlohmann::json jsonOf(const std::vector<InviteView>& invites);
Result<std::vector<InviteView>> readInviteViews(const nlohmann::json& json);

nlohmann::json jsonOf(const InviteRequest& request);
/// What is absent is as InviteRequest has it.
Result<InviteRequest> readInviteRequest(const nlohmann::json& json);

nlohmann::json jsonOf(const MemberView& member);
Result<MemberView> readMemberView(const nlohmann::json& json);
/// {"members": [...]}
nlohmann::json jsonOf(const std::vector<MemberView>& members);
Result<std::vector<MemberView>> readMemberViews(const nlohmann::json& json);

/// {"limit"?: bytes or null, "read"?, "write"?, "keep"?, "use"?: true or false, "household"?: text}
nlohmann::json jsonOf(const MemberChange& change);
Result<MemberChange> readMemberChange(const nlohmann::json& json);

} // namespace tarn::control
