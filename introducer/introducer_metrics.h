// introducer_metrics: what GET /metrics of an introducer tells; README.md names every family. Pure.
#pragma once

#include "core/node/request_counts.h"
#include "introducer/introducer.h"

namespace tarn::introducer {

/// OpenMetrics text. \param connections  to the introducer's listener.
std::string metricsText(const Introducer& introducer, const node::RequestCounts& requests,
                        std::size_t connections);

} // namespace tarn::introducer
