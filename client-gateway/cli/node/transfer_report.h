// transfer_report: what a person reads of a node's transfers. Pure.
#pragma once

#include "core/control/transfer_values.h"

#include <string>
#include <vector>

namespace tarn::gateway::cli {

/// A line each.
std::string transfersText(const std::vector<control::TransferView>& transfers);

} // namespace tarn::gateway::cli
