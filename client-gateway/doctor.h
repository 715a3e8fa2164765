// doctor: what a gateway's doctor looks at (core/node/doctor). Blocking.
#pragma once

#include "client-gateway/service_config.h"
#include "core/node/doctor/finding.h"

#include <string>

namespace tarn::gateway {

/// Connects to the introducers of the configuration and to the servers of its servers file; not to
/// servers that introducers named.
/// \param config  what readServiceConfig() said of `configFile`.
node::doctor::Findings examineBlocking(const std::string& configFile,
                                       const Result<ServiceConfig>& config,
                                       const std::string& state, Clock& clock, Random& random);

} // namespace tarn::gateway
