// relay_doctor: what a relay's doctor looks at (core/node/doctor). Blocking.
#pragma once

#include "core/node/doctor/finding.h"
#include "introducer/relay/relay_config.h"

#include <string>

namespace tarn::relay {

/// \param config  what readRelayConfig() said of `configFile`.
node::doctor::Findings examineBlocking(const std::string& configFile,
                                       const Result<RelayConfig>& config, const std::string& state,
                                       Clock& clock, Random& random);

} // namespace tarn::relay
