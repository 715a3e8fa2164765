#include "core/control/member_json.h"

#include "core/control/json_fields.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <limits>

namespace tarn::control {

namespace {

using nlohmann::json;

json jsonOfClaim(const std::optional<ClaimView>& claim)
{
    if (!claim) return json();
    return {{"node", claim->node}, {"nickname", claim->nickname}, {"time", claim->time}};
}

std::optional<ClaimView> claimOf(const json& value)
{
    if (value.is_null()) return std::nullopt;
    ClaimView out;
    value.at("node").get_to(out.node);
    value.at("nickname").get_to(out.nickname);
    value.at("time").get_to(out.time);
    return out;
}

InviteView inviteOf(const json& value)
{
    InviteView out;
    value.at("id").get_to(out.id);
    value.at("state").get_to(out.state);
    value.at("inviter").get_to(out.inviter);
    value.at("mine").get_to(out.mine);
    value.at("note").get_to(out.note);
    value.at("role").get_to(out.role);
    value.at("depth").get_to(out.depth);
    value.at("quota").get_to(out.quota);
    value.at("pre_approved").get_to(out.preApproved);
    out.delegate = optionalAt<std::string>(value, "delegate");
    value.at("created").get_to(out.created);
    value.at("expires").get_to(out.expires);
    out.claim = claimOf(value.at("claim"));
    getIf(value, "link", out.link);
    return out;
}

MemberView memberOf(const json& value)
{
    MemberView out;
    value.at("name").get_to(out.name);
    value.at("key").get_to(out.key);
    value.at("self").get_to(out.self);
    value.at("founder").get_to(out.founder);
    value.at("standing").get_to(out.standing);
    value.at("role").get_to(out.role);
    value.at("depth").get_to(out.depth);
    value.at("invited_by").get_to(out.invitedBy);
    value.at("admitted").get_to(out.admitted);
    value.at("until").get_to(out.until);
    value.at("online").get_to(out.online);
    value.at("path").get_to(out.path);
    value.at("reason").get_to(out.reason);
    out.lastSeen = optionalAt<std::int64_t>(value, "last_seen");
    value.at("uses_of_mine").get_to(out.usesOfMine);
    out.iUse = optionalAt<std::uint64_t>(value, "i_use");
    out.saysItUses = optionalAt<std::uint64_t>(value, "says_it_uses");
    out.agrees = optionalAt<bool>(value, "agrees");
    out.limit = optionalAt<std::uint64_t>(value, "limit");
    out.myLimit = optionalAt<std::uint64_t>(value, "my_limit");
    value.at("may_read").get_to(out.mayRead);
    value.at("may_write").get_to(out.mayWrite);
    value.at("keep_shares").get_to(out.keepShares);
    value.at("use").get_to(out.use);
    value.at("household").get_to(out.household);
    return out;
}

InviteRequest requestOf(const json& value)
{
    InviteRequest out;
    getIf(value, "note", out.note);
    getIf(value, "life", out.lifeSeconds);
    if (value.contains("quota")) out.quota = unsignedAt(value, "quota");
    getIf(value, "pre_approved", out.preApproved);
    getIf(value, "role", out.role);
    if (value.contains("depth"))
        out.depth = static_cast<std::uint32_t>(std::min<std::uint64_t>(
            unsignedAt(value, "depth"), std::numeric_limits<std::uint32_t>::max()));
    getIf(value, "delegate", out.delegate);
    return out;
}

std::optional<bool> switchAt(const json& value, const char* key)
{
    if (!value.contains(key)) return std::nullopt;
    return value.at(key).get<bool>();
}

MemberChange changeOf(const json& value)
{
    MemberChange out;
    out.setsLimit = value.contains("limit");
    if (out.setsLimit && !value.at("limit").is_null()) out.limit = unsignedAt(value, "limit");
    out.read = switchAt(value, "read");
    out.write = switchAt(value, "write");
    out.keep = switchAt(value, "keep");
    out.use = switchAt(value, "use");
    if (value.contains("household")) out.household = value.at("household").get<std::string>();
    return out;
}

} // namespace

json jsonOf(const InviteView& invite)
{
    json out;
    out["id"] = invite.id;
    out["state"] = invite.state;
    out["inviter"] = invite.inviter;
    out["mine"] = invite.mine;
    out["note"] = invite.note;
    out["role"] = invite.role;
    out["depth"] = invite.depth;
    out["quota"] = invite.quota;
    out["pre_approved"] = invite.preApproved;
    out["delegate"] = orNull(invite.delegate);
    out["created"] = invite.created;
    out["expires"] = invite.expires;
    out["claim"] = jsonOfClaim(invite.claim);
    if (!invite.link.empty()) out["link"] = invite.link;
    return out;
}

Result<InviteView> readInviteView(const json& value)
{
    return reading(ErrorCode::PeerMisbehaved, "no invite", [&] { return inviteOf(value); });
}

json jsonOf(const std::vector<InviteView>& invites)
{
    return listOf("invites", invites.size(), [&](std::size_t i) { return jsonOf(invites[i]); });
}

Result<std::vector<InviteView>> readInviteViews(const json& value)
{
    return reading(ErrorCode::PeerMisbehaved, "no list of invites",
                   [&] { return allAt<InviteView>(value, "invites", inviteOf); });
}

json jsonOf(const InviteRequest& request)
{
    json out;
    out["note"] = request.note;
    out["life"] = request.lifeSeconds;
    out["quota"] = request.quota;
    out["pre_approved"] = request.preApproved;
    out["role"] = request.role;
    if (request.depth) out["depth"] = *request.depth;
    out["delegate"] = request.delegate;
    return out;
}

Result<InviteRequest> readInviteRequest(const json& value)
{
    return reading(ErrorCode::InvalidInput, "no invite", [&] { return requestOf(value); });
}

json jsonOf(const MemberView& member)
{
    json out;
    out["name"] = member.name;
    out["key"] = member.key;
    out["self"] = member.self;
    out["founder"] = member.founder;
    out["standing"] = member.standing;
    out["role"] = member.role;
    out["depth"] = member.depth;
    out["invited_by"] = member.invitedBy;
    out["admitted"] = member.admitted;
    out["until"] = member.until;
    out["online"] = member.online;
    out["path"] = member.path;
    out["reason"] = member.reason;
    out["last_seen"] = orNull(member.lastSeen);
    out["uses_of_mine"] = member.usesOfMine;
    out["i_use"] = orNull(member.iUse);
    out["says_it_uses"] = orNull(member.saysItUses);
    out["agrees"] = orNull(member.agrees);
    out["limit"] = orNull(member.limit);
    out["my_limit"] = orNull(member.myLimit);
    out["may_read"] = member.mayRead;
    out["may_write"] = member.mayWrite;
    out["keep_shares"] = member.keepShares;
    out["use"] = member.use;
    out["household"] = member.household;
    return out;
}

Result<MemberView> readMemberView(const json& value)
{
    return reading(ErrorCode::PeerMisbehaved, "no member", [&] { return memberOf(value); });
}

json jsonOf(const std::vector<MemberView>& members)
{
    return listOf("members", members.size(), [&](std::size_t i) { return jsonOf(members[i]); });
}

Result<std::vector<MemberView>> readMemberViews(const json& value)
{
    return reading(ErrorCode::PeerMisbehaved, "no list of members",
                   [&] { return allAt<MemberView>(value, "members", memberOf); });
}

json jsonOf(const MemberChange& change)
{
    json out = json::object();
    if (change.setsLimit) out["limit"] = orNull(change.limit);
    if (change.read) out["read"] = *change.read;
    if (change.write) out["write"] = *change.write;
    if (change.keep) out["keep"] = *change.keep;
    if (change.use) out["use"] = *change.use;
    if (change.household) out["household"] = *change.household;
    return out;
}

Result<MemberChange> readMemberChange(const json& value)
{
    return reading(ErrorCode::InvalidInput, "no change of a member",
                   [&] { return changeOf(value); });
}

} // namespace tarn::control
