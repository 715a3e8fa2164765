#include "client-gateway/cli/node/running_node.h"

#include "client-gateway/cli/local_files.h"
#include "client-gateway/cli/node/node_place.h"
#include "client-gateway/cli/node/node_report.h"
#include "client-gateway/cli/printable.h"
#include "client-gateway/cli/setup/node_settings.h"
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

/// Of a user with several nodes: which there are; else nothing.
std::string otherNodes(const GatewayChoice& choice)
{
    if (choice.stateNamed) return {};
    const std::vector<std::string> nodes =
        nodesBelowBlocking(nodesFolder(environment("XDG_DATA_HOME"), environment("HOME")));
    std::string out;
    for (const std::string& node : nodes)
        out += (out.empty() ? "" : ", ") + printable(node);
    return nodes.size() > 1 ? out : std::string();
}

} // namespace

Result<ControlClient> nodeOf(const Session& session)
{
    const std::string state = absolutePath(session.options.gateway.stateDirectory);
    const Result<node::StateDir> known = node::StateDir::inspectBlocking(state, kNodeRole);
    if (known) return ControlClient(state, session.clock);
    if (known.error().code() != ErrorCode::NotFound) return known.error();
    const std::string others = otherNodes(session.options.gateway);
    if (!others.empty())
        return Error(ErrorCode::InvalidInput,
                     "you have several nodes: name one with --state: " + others);
    return Error(ErrorCode::NotFound,
                 state + " is no node's state directory: name it with --state, or make one with "
                         "`tarn node init`");
}

Result<std::string> placeForNode(const Session& session, const std::string& gridName)
{
    const GatewayChoice& choice = session.options.gateway;
    if (choice.stateNamed) return absolutePath(choice.stateDirectory);
    return placeForGrid(nodesFolder(environment("XDG_DATA_HOME"), environment("HOME")), gridName);
}

Result<void> makeNodeBlocking(const std::string& place, const std::string& config,
                              std::string_view invite)
{
    TARN_TRY_VOID(requireNewDirectory(place));
    TARN_TRY(const node::StateDir state, node::StateDir::openBlocking(place, kNodeRole));
    if (!invite.empty()) {
        TARN_TRY_VOID(state.writePrivateText("join", invite));
    }
    return state.writeFile("node.toml", config);
}

void showStatus(const Session& session, const control::NodeStatus& status)
{
    session.console.out(session.options.json ? control::printed(control::jsonOf(status))
                                             : nodeStatusText(status));
    if (!status.storage.problem.empty())
        session.console.err("tarn: " + printable(status.storage.problem) + "\n");
}

} // namespace tarn::gateway::cli
