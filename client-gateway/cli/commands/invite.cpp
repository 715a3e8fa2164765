#include "client-gateway/cli/commands.h"
#include "client-gateway/cli/node/member_report.h"
#include "client-gateway/cli/node/running_node.h"
#include "core/control/control_json.h"
#include "core/control/control_routes.h"
#include "core/control/member_json.h"
#include "core/net/http_message.h"

#include <nlohmann/json.hpp>

namespace tarn::gateway::cli {

namespace {

using Action = InviteCommand::Action;

std::string pathOf(const InviteCommand& command, std::string_view action)
{
    std::string out = std::string(control::kInvitesPath) + "/" + net::percentEncode(command.id);
    if (!action.empty()) out += "/" + std::string(action);
    return out;
}

Result<nlohmann::json> ask(ControlClient& node, const InviteCommand& command)
{
    switch (command.action) {
    case Action::Create:
        return node.ask("POST", control::kInvitesPath, control::jsonOf(command.request).dump());
    case Action::List:
        return node.ask("GET", control::kInvitesPath);
    case Action::Show:
        return node.ask("GET", pathOf(command, {}));
    case Action::Approve:
        return node.ask("POST", pathOf(command, "approve"));
    case Action::Deny:
        return node.ask("POST", pathOf(command, "deny"));
    case Action::Cancel:
        return node.ask("POST", pathOf(command, "cancel"));
    }
    return Error(ErrorCode::Internal, "no such action");
}

/// The link alone, so that scripts and clipboards can have it; what matters besides goes beside it.
void showNew(const Session& session, const control::InviteView& invite)
{
    session.say("invite " + invite.id + ": whoever has this link may use it, once\n");
    session.console.out(invite.link + "\n");
}

} // namespace

Result<int> run(Session& session, const InviteCommand& command)
{
    TARN_TRY(ControlClient node, nodeOf(session));
    TARN_TRY(const nlohmann::json answer, ask(node, command));
    if (session.options.json) {
        session.console.out(control::printed(answer));
        return kOk;
    }
    if (command.action == Action::List) {
        TARN_TRY(const std::vector<control::InviteView> all, control::readInviteViews(answer));
        session.console.out(invitesText(all));
        return kOk;
    }
    TARN_TRY(const control::InviteView invite, control::readInviteView(answer));
    if (command.action == Action::Create)
        showNew(session, invite);
    else
        session.console.out(inviteText(invite));
    return kOk;
}

} // namespace tarn::gateway::cli
