// adopt_tahoe: takes a Tahoe-LAFS storage node over for good: its TLS key and certificate, tubid,
// swissnum, node key, permutation seed and storage directory (served in place). Every old NURL,
// lease and write enabler still holds. Blocking, in a state directory that was never started.
// Source: specs 06 section 1, 10 sections 1, 2 and 5.
#pragma once

#include "core/node/state_dir.h"

#include <string>
#include <vector>

namespace tarn::storage {

struct Adoption
{
    std::string serverId;
    std::string storageFolder;      ///< where the shares are and stay
    std::vector<std::string> notes; ///< what the operator should know or copy into storage.toml
};

/// Reads the node's folder, changes nothing in it.
/// \return Conflict: the node runs, or this state directory has an identity or a storage folder
///         already.  InvalidInput, NotFound: a file is missing or not what it should be.
Result<Adoption> adoptTahoeBlocking(const node::StateDir& dir, const std::string& nodeFolder);

} // namespace tarn::storage
