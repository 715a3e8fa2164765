// node_place: where friendnet nodes of this user keep their state: one directory per grid, below
// $XDG_DATA_HOME/tarn. Blocking where it says so. Source: design.md section 9.
#pragma once

#include "client-gateway/cli/options.h"
#include "core/base/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace tarn::gateway::cli {

/// "$XDG_DATA_HOME/tarn", else "$HOME/.local/share/tarn".
/// \param dataHome, home  of the environment; empty: not set. A dataHome that is no absolute path
///                        counts as not set (XDG base directories).  \return empty: neither is set.
std::string nodesFolder(std::string_view dataHome, std::string_view home);

/// Where a new node of that grid goes.
/// \param folder  as nodesFolder().
/// \return InvalidInput: the name is not fit for a directory, or there is no folder; says what to
///         do.
Result<std::string> placeForGrid(const std::string& folder, std::string_view gridName);

/// The state directories of nodes below `folder`, by name. Blocking.
std::vector<std::string> nodesBelowBlocking(const std::string& folder);

/// Where none was named: the user's only node, if there is one. \param folder  as nodesFolder().
/// Blocking.
void useOnlyNodeBlocking(GatewayChoice& choice, const std::string& folder);

} // namespace tarn::gateway::cli
