// event_texts: the single requests of a transfer, for programs and people. Pure.
// Source: spec 08 section 8; allmydata.web.status (event_json).
#pragma once

#include "client-gateway/web/history.h"

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace tarn::gateway::web {

/// /status/down-N/event_json: "read", "segment", "dyhb" (queries), "block" (reads of shares) and
/// "misc" (computations); times are Unix seconds.
std::string eventsJson(const Transfer& transfer);

/// [{"kind", "nodeid", "shares", "start", "length", "sent", "finished", "received", "failure"}];
/// times are Unix seconds, "finished" is null while there is no answer.
nlohmann::ordered_json requestsValue(const Transfer& transfer);
/// The same as a table; empty without requests.
std::string requestsTable(const Transfer& transfer);
/// The runs of segments as a table; empty without.
std::string segmentsTable(const Transfer& transfer);

std::string inMilliseconds(Duration duration);
double inSeconds(Duration duration);

} // namespace tarn::gateway::web
