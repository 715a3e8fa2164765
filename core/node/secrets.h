// secrets: what a client keeps in private/, as Tahoe-LAFS keeps it (spec 10 section 5). Blocking.
#pragma once

#include "core/node/state_dir.h"

namespace tarn::node {

/// private/secret: base32 of 32 bytes, made at the first start. Lease secrets derive from it.
Result<Secret> readOrMakeLeaseSecret(const StateDir& dir, Random& random);

/// private/convergence: base32 of 32 bytes, made at the first start; another length, written by
/// an operator, is kept.
Result<Secret> readOrMakeConvergence(const StateDir& dir, Random& random);

/// private/api_auth_token: URL-safe padded base64 of 32 random bytes, new at every call.
Result<Secret> makeApiToken(const StateDir& dir, Random& random);

} // namespace tarn::node
