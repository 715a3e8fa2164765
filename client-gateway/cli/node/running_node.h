// running_node: which node a command is about, and making one. Blocking.
#pragma once

#include "client-gateway/cli/node/control_client.h"
#include "client-gateway/cli/session.h"
#include "core/control/node_control.h"

#include <string>

namespace tarn::gateway::cli {

/// Of the state directory that is chosen. \return NotFound: it is no node's; says what to do.
Result<ControlClient> nodeOf(const Session& session);

/// Where a new node goes: as chosen, else by the grid's name. \return InvalidInput.
Result<std::string> placeForNode(const Session& session, const std::string& gridName);

/// Makes the state directory with its node.toml; its lock is free again when this returns.
/// \param invite  the link that the node shall use at its start; empty: it founds a grid.
/// \return Exists: the directory is not new.
Result<void> makeNodeBlocking(const std::string& place, const std::string& config,
                              std::string_view invite);

/// As the options want it: JSON or text.
void showStatus(const Session& session, const control::NodeStatus& status);

} // namespace tarn::gateway::cli
