// link_report: what a person reads of links that members gave, and of clients of a node. Pure.
#pragma once

#include "core/control/link_values.h"

#include <string>
#include <vector>

namespace tarn::gateway::cli {

/// A line each.
std::string linksText(const std::vector<control::LinkView>& links);
/// Several lines.
std::string linkText(const control::LinkView& link);

/// A line each.
std::string clientsText(const std::vector<control::ClientView>& clients);

} // namespace tarn::gateway::cli
