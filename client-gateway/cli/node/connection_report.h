// connection_report: what a person reads of how a node reaches others and is reached. Pure.
#pragma once

#include "core/control/connection_values.h"

#include <string>

namespace tarn::gateway::cli {

/// A line for each own address, the router and each member.
std::string connectionText(const control::ConnectionView& connection);

/// The same with every path that was tried, and what to do.
std::string doctorText(const control::ConnectionView& connection);

/// Nothing is left that a person should do something about: an address was proven or nobody is
/// there to prove it, and every member that is online is reached.
bool allWell(const control::ConnectionView& connection);

} // namespace tarn::gateway::cli
