// peer_metrics: what GET /metrics of every daemon tells of its connections, in the same words.
// `daemon` stands before each name: "tarn_storage". Pure.
#pragma once

#include "core/net/connection_pool.h"
#include "core/net/listener.h"
#include "core/node/introducer_client.h"
#include "core/node/open_metrics.h"

#include <string>
#include <vector>

namespace tarn::node {

/// Connections that came.
void writeListener(OpenMetrics& out, const std::string& daemon, const net::ListenerCounts& counts);
/// Connections that this daemon made.
void writePool(OpenMetrics& out, const std::string& daemon, const net::PoolCounts& counts);
/// Of all, those that did the last time what they were asked.
std::size_t countReached(const std::vector<IntroducerStatus>& introducers);

} // namespace tarn::node
