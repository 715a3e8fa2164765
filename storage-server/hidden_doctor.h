// hidden_doctor: are the Tor and the I2P router there, and ready, that make this server's hidden
// ways in. Blocking; nothing is made at them.
#pragma once

#include "core/net/tor_reply.h"
#include "core/node/doctor/finding.h"
#include "storage-server/hidden_config.h"

namespace tarn::storage {

/// \param state  the state directory; need not exist.
node::doctor::Findings checkHiddenBlocking(const HiddenConfig& config, const std::string& state,
                                           Clock& clock, Random& random);

/// What Tor said of how far it is, or why it said nothing.
node::doctor::Finding judgeTor(const net::ControlAddress& address,
                               const Result<net::TorBootstrap>& answer);

} // namespace tarn::storage
