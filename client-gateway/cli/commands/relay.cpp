#include "client-gateway/cli/commands.h"
#include "client-gateway/cli/node/relay_report.h"
#include "client-gateway/cli/node/running_node.h"
#include "core/control/control_json.h"
#include "core/control/control_routes.h"
#include "core/control/relay_json.h"

#include <nlohmann/json.hpp>

namespace tarn::gateway::cli {

namespace {

Result<nlohmann::json> ask(ControlClient& node, const RelayCommand& command)
{
    if (command.action == RelayCommand::Action::Status) return node.ask("GET", control::kRelayPath);
    control::RelayChoice choice;
    choice.offer = command.action == RelayCommand::Action::On;
    choice.budget = command.budget;
    return node.ask("POST", control::kRelayPath, control::jsonOf(choice).dump());
}

} // namespace

Result<int> run(Session& session, const RelayCommand& command)
{
    TARN_TRY(ControlClient node, nodeOf(session));
    TARN_TRY(const nlohmann::json answer, ask(node, command));
    TARN_TRY(const control::RelayStatus status, control::readRelayStatus(answer));
    session.console.out(session.options.json ? control::printed(answer) : relayText(status));
    return kOk;
}

} // namespace tarn::gateway::cli
