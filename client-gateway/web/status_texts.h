// status_texts: /status and its pages, for programs and people. Pure. Source: spec 08 section 8.
#pragma once

#include "client-gateway/web/history.h"

#include <string>

namespace tarn::gateway::web {

/// {"active": [...], "recent": [...]}
std::string transfersJson(const History& history);
std::string transfersPage(const History& history);
std::string transferPage(const Transfer& transfer);
/// The members of transfersJson() and "started" (Unix seconds), "seconds" (null while it runs),
/// "encoding", "timings", "servers", "requests" and "forgotten-requests".
std::string transferJson(const Transfer& transfer);

} // namespace tarn::gateway::web
