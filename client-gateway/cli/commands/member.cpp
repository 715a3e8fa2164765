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

using Action = MemberCommand::Action;

std::string pathOf(const MemberCommand& command)
{
    return std::string(control::kMembersPath) + "/" + net::percentEncode(command.name);
}

Result<nlohmann::json> ask(ControlClient& node, const MemberCommand& command)
{
    switch (command.action) {
    case Action::List:
        return node.ask("GET", control::kMembersPath);
    case Action::Show:
        return node.ask("GET", pathOf(command));
    case Action::Change:
        return node.ask("POST", pathOf(command), control::jsonOf(command.change).dump());
    case Action::Revoke:
        return node.ask("POST", pathOf(command) + "/revoke");
    }
    return Error(ErrorCode::Internal, "no such action");
}

} // namespace

Result<int> run(Session& session, const MemberCommand& command)
{
    TARN_TRY(ControlClient node, nodeOf(session));
    TARN_TRY(const nlohmann::json answer, ask(node, command));
    if (session.options.json) {
        session.console.out(control::printed(answer));
        return kOk;
    }
    if (command.action == Action::List) {
        TARN_TRY(const std::vector<control::MemberView> all, control::readMemberViews(answer));
        session.console.out(membersText(all));
        return kOk;
    }
    TARN_TRY(const control::MemberView member, control::readMemberView(answer));
    session.console.out(memberText(member));
    return kOk;
}

} // namespace tarn::gateway::cli
