#include "client-gateway/cli/commands.h"
#include "client-gateway/cli/node/member_report.h"
#include "client-gateway/cli/node/node_report.h"
#include "client-gateway/cli/node/running_node.h"
#include "core/control/control_json.h"
#include "core/control/control_routes.h"
#include "core/control/member_json.h"

#include <nlohmann/json.hpp>

namespace tarn::gateway::cli {

namespace {

using Action = PlacementCommand::Action;

Result<int> showAll(Session& session, ControlClient& node)
{
    TARN_TRY(nlohmann::json answer, node.ask("GET", control::kMembersPath));
    TARN_TRY(nlohmann::json encoding, node.ask("GET", control::kEncodingPath));
    if (session.options.json) {
        answer["encoding"] = std::move(encoding);
        session.console.out(control::printed(answer));
        return kOk;
    }
    TARN_TRY(const std::vector<control::MemberView> all, control::readMemberViews(answer));
    TARN_TRY(const control::EncodingStatus status, control::readEncodingStatus(encoding));
    session.console.out(encodingText(status) + "\n" + placementText(all));
    return kOk;
}

} // namespace

Result<int> run(Session& session, const PlacementCommand& command)
{
    TARN_TRY(ControlClient node, nodeOf(session));
    if (command.action == Action::Show) return showAll(session, node);
    const bool chooses = command.action == Action::ChooseEncoding;
    TARN_TRY(const nlohmann::json answer,
             node.ask(chooses ? "POST" : "GET", control::kEncodingPath,
                      chooses ? control::jsonOf(command.choice).dump() : std::string()));
    if (session.options.json) {
        session.console.out(control::printed(answer));
        return kOk;
    }
    TARN_TRY(const control::EncodingStatus status, control::readEncodingStatus(answer));
    session.console.out(encodingText(status) + "\n");
    return kOk;
}

} // namespace tarn::gateway::cli
