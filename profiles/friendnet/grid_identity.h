// grid_identity: which grid a state directory belongs to. Blocking, at the start.
// Source: design.md section 7.
//
//   STATE/grid    "v0-...": the key of the grid's founder, its root
#pragma once

#include "core/crypto/ed25519.h"
#include "core/node/state_dir.h"

#include <optional>
#include <string>

namespace tarn::profiles {

struct GridIdentity
{
    crypto::Ed25519PublicKey root;

    /// 26 characters of base32.
    std::string id() const;
};

/// Nothing: this directory knows none yet. \return InvalidInput: the file holds no key.
Result<std::optional<GridIdentity>> readGrid(const node::StateDir& dir);
Result<void> writeGrid(const node::StateDir& dir, const GridIdentity& grid);
/// Of a directory that knows none. \param own  the node's key.
Result<GridIdentity> foundGrid(const node::StateDir& dir, const crypto::Ed25519PublicKey& own);

} // namespace tarn::profiles
