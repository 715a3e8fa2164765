// node_report: what a person reads of a node's answers. Pure.
#pragma once

#include "core/control/node_control.h"

#include <string>

namespace tarn::gateway::cli {

std::string nodeStatusText(const control::NodeStatus& status);

} // namespace tarn::gateway::cli
