#include "client-gateway/cli/commands.h"
#include "client-gateway/cli/node/connection_report.h"
#include "client-gateway/cli/node/running_node.h"
#include "client-gateway/cli/node/start_node.h"
#include "client-gateway/cli/node/transfer_report.h"
#include "core/control/connection_json.h"
#include "core/control/control_json.h"
#include "core/control/control_routes.h"
#include "core/control/transfer_json.h"

#include <nlohmann/json.hpp>

namespace tarn::gateway::cli {

Result<int> run(Session& session, const NodeInitCommand& command)
{
    TARN_TRY(const std::string config, nodeConfigText(command.settings));
    TARN_TRY(const std::string place, placeForNode(session, command.settings.gridName));
    TARN_TRY_VOID(makeNodeBlocking(place, config, {}));
    session.say("made " + place + "\n");
    if (command.noStart) {
        session.say("start it: tarn node start --state " + place + "\n");
        return kOk;
    }
    ControlClient node(place, session.clock);
    bool started = false;
    TARN_TRY(const control::NodeStatus status, startNodeBlocking(node, session.clock, started));
    showStatus(session, status);
    return kOk;
}

Result<int> run(Session& session, const NodeStartCommand& /*command*/)
{
    TARN_TRY(ControlClient node, nodeOf(session));
    bool started = false;
    TARN_TRY(const control::NodeStatus status, startNodeBlocking(node, session.clock, started));
    session.say(started ? "started\n" : "it runs already\n");
    showStatus(session, status);
    return kOk;
}

Result<int> run(Session& session, const NodeStatusCommand& /*command*/)
{
    TARN_TRY(ControlClient node, nodeOf(session));
    TARN_TRY(const control::NodeStatus status, askStatusBlocking(node));
    TARN_TRY(const nlohmann::json answer, node.ask("GET", control::kConnectionPath));
    TARN_TRY(const control::ConnectionView connection, control::readConnectionView(answer));
    if (session.options.json) {
        nlohmann::json whole = control::jsonOf(status);
        whole["connection"] = control::jsonOf(connection);
        session.console.out(control::printed(whole));
        return kOk;
    }
    showStatus(session, status);
    session.console.out(connectionText(connection));
    return kOk;
}

Result<int> run(Session& session, const NodeDoctorCommand& /*command*/)
{
    TARN_TRY(ControlClient node, nodeOf(session));
    TARN_TRY(const nlohmann::json answer, node.ask("POST", control::kCheckPath));
    TARN_TRY(const control::ConnectionView connection, control::readConnectionView(answer));
    session.console.out(session.options.json ? control::printed(control::jsonOf(connection))
                                             : doctorText(connection));
    return allWell(connection) ? kOk : kFailed;
}

Result<int> run(Session& session, const NodeTransfersCommand& /*command*/)
{
    TARN_TRY(ControlClient node, nodeOf(session));
    TARN_TRY(const nlohmann::json answer, node.ask("GET", control::kTransfersPath));
    if (session.options.json) {
        session.console.out(control::printed(answer));
        return kOk;
    }
    TARN_TRY(const std::vector<control::TransferView> all, control::readTransferViews(answer));
    session.console.out(transfersText(all));
    return kOk;
}

Result<int> run(Session& session, const NodeLeaveCommand& /*command*/)
{
    TARN_TRY(ControlClient node, nodeOf(session));
    TARN_TRY(const nlohmann::json answer, node.ask("POST", control::kLeavePath));
    TARN_TRY(const control::NodeStatus status, control::readNodeStatus(answer));
    session.say("left; " + node.stateDirectory() +
                " still has this node's own shares and those of others\n");
    showStatus(session, status);
    return kOk;
}

} // namespace tarn::gateway::cli
