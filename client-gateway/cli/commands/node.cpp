#include "client-gateway/cli/commands.h"
#include "client-gateway/cli/local_files.h"
#include "client-gateway/cli/node/node_place.h"
#include "client-gateway/cli/node/node_report.h"
#include "client-gateway/cli/node/start_node.h"
#include "core/control/control_json.h"
#include "core/node/state_dir.h"

#include <nlohmann/json.hpp>

#include <cstdlib>

namespace tarn::gateway::cli {

namespace {

constexpr std::string_view kNodeRole = "node";

std::string environment(const char* name)
{
    const char* const value = std::getenv(name);
    return value != nullptr ? value : "";
}

void show(const Session& session, const control::NodeStatus& status)
{
    session.console.out(session.options.json ? control::printed(control::jsonOf(status))
                                             : nodeStatusText(status));
}

Result<std::string> placeOf(const Session& session, const std::string& gridName)
{
    const GatewayChoice& choice = session.options.gateway;
    if (choice.stateNamed) return absolutePath(choice.stateDirectory);
    return placeForGrid(nodesFolder(environment("XDG_DATA_HOME"), environment("HOME")), gridName);
}

Result<ControlClient> runningNode(const Session& session)
{
    const std::string state = absolutePath(session.options.gateway.stateDirectory);
    const Result<node::StateDir> known = node::StateDir::inspectBlocking(state, kNodeRole);
    if (known) return ControlClient(state, session.clock);
    if (known.error().code() != ErrorCode::NotFound) return known.error();
    return Error(ErrorCode::NotFound,
                 state + " is no node's state directory: name it with --state, or make one with "
                         "`tarn node init`");
}

/// The lock is free again when it returns.
Result<void> makeState(const std::string& place, const std::string& config)
{
    TARN_TRY(const node::StateDir state, node::StateDir::openBlocking(place, kNodeRole));
    return state.writeFile("node.toml", config);
}

} // namespace

Result<int> run(Session& session, const NodeInitCommand& command)
{
    TARN_TRY(const std::string config, nodeConfigText(command.settings));
    TARN_TRY(const std::string place, placeOf(session, command.settings.gridName));
    TARN_TRY_VOID(requireNewDirectory(place));
    TARN_TRY_VOID(makeState(place, config));
    session.say("made " + place + "\n");
    if (command.noStart) {
        session.say("start it: tarn node start --state " + place + "\n");
        return kOk;
    }
    ControlClient node(place, session.clock);
    bool started = false;
    TARN_TRY(const control::NodeStatus status, startNodeBlocking(node, session.clock, started));
    show(session, status);
    return kOk;
}

Result<int> run(Session& session, const NodeStartCommand& /*command*/)
{
    TARN_TRY(ControlClient node, runningNode(session));
    bool started = false;
    TARN_TRY(const control::NodeStatus status, startNodeBlocking(node, session.clock, started));
    session.say(started ? "started\n" : "it runs already\n");
    show(session, status);
    return kOk;
}

Result<int> run(Session& session, const NodeStatusCommand& /*command*/)
{
    TARN_TRY(ControlClient node, runningNode(session));
    TARN_TRY(const control::NodeStatus status, askStatusBlocking(node));
    show(session, status);
    return kOk;
}

} // namespace tarn::gateway::cli
