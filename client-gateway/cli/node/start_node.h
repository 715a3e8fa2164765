// start_node: runs `tarn-node` on a state directory, on its own feet: it stays when the command
// ends. Blocking.
#pragma once

#include "client-gateway/cli/node/control_client.h"
#include "core/control/node_control.h"

#include <string>

namespace tarn::gateway::cli {

/// Of the state directory: what a node that was started so has to say.
inline constexpr std::string_view kNodeLog = "node.log";

/// What the node that runs there says of itself.
Result<control::NodeStatus> askStatusBlocking(ControlClient& node);

/// Starts one where none runs, and waits until it answers.
/// \param started  set to whether that was needed.
/// \return its status.  NotFound: there is no tarn-node beside this program or in PATH.  IoFailure:
///         it ended or did not answer; says where its log is.
Result<control::NodeStatus> startNodeBlocking(ControlClient& node, Clock& clock, bool& started);

} // namespace tarn::gateway::cli
