// deep_lines: what a streamed deep operation prints, a JSON object a line, in ASCII. Pure.
// Source: spec 08 section 7, "Streaming"; spec 05 section 8.
#pragma once

#include "client-gateway/dirs/deep_stats.h"
#include "client-gateway/dirs/traversal.h"

#include <string>

namespace tarn::gateway::web {

/// {"path", "cap", "type", "verifycap", "repaircap", "storage-index"}, with a check also
/// "check-results" or "check-and-repair-results"; "error" where it could not be read or checked.
std::string nodeLine(const VisitedNode& node, NodeCheck check);
/// {"type": "stats", "stats": {...}}
std::string statsLine(const DeepStats& stats);
/// What ends a stream that failed: "ERROR: ..." is no JSON.
std::string errorLine(const Error& error);

} // namespace tarn::gateway::web
