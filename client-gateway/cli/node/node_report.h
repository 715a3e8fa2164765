// node_report: what a person reads of a node's answers. Pure.
#pragma once

#include "core/control/node_control.h"

#include <string>

namespace tarn::gateway::cli {

/// "2026-11-21 08:30 UTC" \param seconds  Unix.
std::string timeText(std::int64_t seconds);

/// "any 2 of 5 shares give a file back; ..." and why.
std::string encodingText(const control::EncodingStatus& encoding);

std::string nodeStatusText(const control::NodeStatus& status);

} // namespace tarn::gateway::cli
