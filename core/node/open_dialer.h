// open_dialer: the dialer of a daemon: what [connections] and [dns] say, and nothing else.
#pragma once

#include "core/base/random.h"
#include "core/net/static_dialer.h"

#include <memory>

namespace tarn::node {

/// Engine thread. Names are looked up where `outgoing` has name servers. `clock` and `random`
/// outlive the dialer.
/// \param outgoing  with the proxy's login (see readCredentialsBlocking()).
/// \return IoFailure: looking up cannot be set up.
Result<std::unique_ptr<net::StaticDialer>> openDialer(const asio::any_io_executor& engine,
                                                      net::Outgoing outgoing, Clock& clock,
                                                      Random& random);

} // namespace tarn::node
