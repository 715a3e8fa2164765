#include "client-gateway/cli/node/member_report.h"

#include "client-gateway/cli/node/node_report.h"
#include "client-gateway/cli/printable.h"
#include "core/base/quantity.h"

#include <algorithm>
#include <array>

namespace tarn::gateway::cli {

namespace {

using control::InviteView;
using control::MemberView;

constexpr std::size_t kTitleWidth = 13;

std::string line(std::string title, const std::string& text)
{
    title.resize(std::max(title.size() + 1, kTitleWidth), ' ');
    return title + text + "\n";
}

std::string padded(std::string text, std::size_t width)
{
    if (text.size() < width) text.resize(width, ' ');
    return text + "  ";
}

std::string limitText(const std::optional<std::uint64_t>& limit)
{
    return limit ? " of " + humanSize(*limit) : std::string();
}

/// What it says of its shares here, where that is not what this node says.
std::string disagreementText(const MemberView& member)
{
    if (member.agrees.value_or(true) || !member.saysItUses) return {};
    return "it says it uses " + humanSize(*member.saysItUses);
}

std::string claimText(const InviteView& invite)
{
    if (!invite.claim) return {};
    return printable(invite.claim->nickname) + " (" + printable(invite.claim->node) + ")";
}

/// What it may not do here; empty: it may do everything.
std::string denialText(const MemberView& member)
{
    std::string out;
    const auto add = [&out](bool allowed, const char* what) {
        if (!allowed) out += (out.empty() ? "" : ", ") + std::string(what);
    };
    add(member.mayRead, "may not read");
    add(member.mayWrite, "may not store");
    add(member.keepShares, "its shares are let go");
    return out;
}

std::string presenceText(const MemberView& member)
{
    if (member.self) return "this node";
    if (member.standing != "live" && member.standing != "expired") return member.standing;
    if (member.online) return "online";
    return member.lastSeen ? "last seen " + timeText(*member.lastSeen) : "not seen";
}

} // namespace

std::string invitesText(const std::vector<InviteView>& invites)
{
    std::string out;
    for (const InviteView& invite : invites) {
        out += padded(printable(invite.id), 26) + padded(printable(invite.state), 9) +
               padded("until " + timeText(invite.expires), 26) + printable(invite.note);
        if (invite.claim) out += "  used by " + claimText(invite);
        while (out.ends_with(' '))
            out.pop_back();
        out += "\n";
    }
    return out;
}

std::string inviteText(const InviteView& invite)
{
    std::string out = line("invite", printable(invite.id)) + line("state", printable(invite.state));
    if (!invite.note.empty()) out += line("for", printable(invite.note));
    out += line("as", printable(invite.role) + (invite.depth > 0 ? ", who may invite others" : ""));
    if (invite.quota > 0) out += line("quota", humanSize(invite.quota) + " on each server");
    out += line("approval", invite.preApproved ? "given" : "needed when somebody uses it");
    out += line("until", timeText(invite.expires));
    if (invite.claim) out += line("used by", claimText(invite));
    if (invite.delegate) out += line("delegate", printable(*invite.delegate));
    if (!invite.link.empty()) out += line("link", printable(invite.link));
    return out;
}

std::string membersText(const std::vector<MemberView>& members)
{
    std::string out;
    for (const MemberView& member : members) {
        const std::string denied = denialText(member);
        out += padded(printable(member.name), 16) + padded(presenceText(member), 12) + "uses " +
               humanSize(member.usesOfMine) + limitText(member.limit) + " here";
        if (!member.self && member.iUse)
            out += ", gives " + humanSize(*member.iUse) + limitText(member.myLimit);
        const std::string differs = disagreementText(member);
        if (!differs.empty()) out += "; " + differs;
        if (!denied.empty() && member.standing != "revoked") out += "; " + denied;
        if (member.path == "reversed" || member.path == "relayed" || member.path == "punched")
            out += "; " + member.path;
        if (member.online && !member.reason.empty()) out += ": " + printable(member.reason);
        out += "\n";
    }
    return out;
}

std::string placementText(const std::vector<MemberView>& members)
{
    std::string out;
    for (const MemberView& member : members) {
        if (member.standing != "live" && member.standing != "expired") continue;
        out += padded(printable(member.name), 16) + (member.use ? "used" : "avoided");
        if (!member.household.empty()) out += ", household " + printable(member.household);
        out += "\n";
    }
    return out;
}

std::string memberText(const MemberView& member)
{
    const std::string denied = denialText(member);
    std::string out =
        line("member", printable(member.name) + " (" + printable(member.key) + ")") +
        line("is", presenceText(member) + (member.founder ? ", founder" : "")) +
        line("as", printable(member.role) + (member.depth > 0 ? ", who may invite others" : "")) +
        line("since", timeText(member.admitted));
    if (!member.founder) out += line("invited by", printable(member.invitedBy));
    if (!member.path.empty()) out += line("by", printable(member.path));
    if (!member.reason.empty()) out += line("because", printable(member.reason));
    out += line("uses here", humanSize(member.usesOfMine) + limitText(member.limit));
    if (!disagreementText(member).empty()) out += line("disagrees", disagreementText(member));
    if (!member.self)
        out += line("gives", member.iUse ? humanSize(*member.iUse) + limitText(member.myLimit)
                                         : std::string("not known"));
    if (!denied.empty()) out += line("denied", denied);
    if (!member.use) out += line("placement", "gets no new shares");
    if (!member.household.empty()) out += line("household", printable(member.household));
    return out;
}

} // namespace tarn::gateway::cli
