// credentials: the login of a proxy, from a file that no configuration prints. Blocking.
#pragma once

#include "core/net/outgoing.h"
#include "core/node/state_dir.h"

namespace tarn::node {

/// With the login in the file that `outgoing` names; as it is where it names none.
/// \return InvalidInput: no such file, open to others, or no login; says which file.
Result<net::Outgoing> readCredentialsBlocking(const StateDir& dir, net::Outgoing outgoing);

} // namespace tarn::node
