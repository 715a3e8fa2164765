// relay_report: what a person reads of a node as a relay, and of those that it uses. Pure.
#pragma once

#include "core/control/relay_values.h"

#include <string>

namespace tarn::gateway::cli {

/// Several lines.
std::string relayText(const control::RelayStatus& status);
/// "on, 1.2 GB of 50 GB carried this month, 2 connections now"
std::string relaySentence(const control::RelayStatus& status);

} // namespace tarn::gateway::cli
