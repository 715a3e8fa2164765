// listing: the table that `tarn ls` prints. Pure but for the time zone.
// Source: allmydata.scripts.tahoe_ls.
#pragma once

#include "client-gateway/cli/node_info.h"
#include "client-gateway/cli/options.h"
#include "core/base/clock.h"

namespace tarn::gateway::cli {

/// One line per child, sorted by name, columns aligned; what it may hold is chosen by `command`.
std::string listingText(const Children& children, const LsCommand& command, WallTime now);

bool hasUnknown(const Children& children);

} // namespace tarn::gateway::cli
