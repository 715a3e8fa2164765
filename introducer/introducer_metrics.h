// introducer_metrics: what GET /metrics of an introducer tells; README.md names every family. Pure.
#pragma once

#include "core/net/connection_pool.h"
#include "core/net/listener.h"
#include "introducer/introducer_api.h"

namespace tarn::introducer {

/// Connections of an introducer.
struct ConnectionFigures
{
    net::ListenerCounts listener;
    net::PoolCounts outgoing; ///< to other introducers
};

/// OpenMetrics text.
std::string metricsText(const Introducer& introducer, const ApiCounts& requests,
                        const ConnectionFigures& connections);

} // namespace tarn::introducer
