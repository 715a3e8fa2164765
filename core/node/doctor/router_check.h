// router_check: is the I2P router there that a configuration names. Blocking.
#pragma once

#include "core/base/clock.h"
#include "core/net/address.h"
#include "core/node/doctor/finding.h"

#include <string>

namespace tarn::node::doctor {

/// How long a router on this machine may take to answer.
inline constexpr Duration kRouterLimit = std::chrono::seconds(15);

/// Says HELLO at a router's SAM port. \param setting  "[i2p] sam".
Finding checkSamBlocking(const std::string& setting, const net::Endpoint& router, Clock& clock,
                         Duration limit = kRouterLimit);

/// \param answer  to HELLO.
Finding judgeSam(const std::string& setting, const net::Endpoint& router,
                 const Result<void>& answer);

} // namespace tarn::node::doctor
