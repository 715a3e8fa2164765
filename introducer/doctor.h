// doctor: what an introducer's doctor looks at (core/node/doctor). Blocking.
#pragma once

#include "core/node/doctor/finding.h"
#include "introducer/service_config.h"

#include <string>

namespace tarn::introducer {

/// \param config  what readServiceConfig() said of `configFile`.
node::doctor::Findings examineBlocking(const std::string& configFile,
                                       const Result<ServiceConfig>& config,
                                       const std::string& state, Clock& clock, Random& random);

} // namespace tarn::introducer
