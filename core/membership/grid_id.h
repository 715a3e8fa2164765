// grid_id: what names a grid of friends: a hash of its founder's key. Pure, any thread.
// Source: design.md section 7; core/doc/protocol/membership.md.
#pragma once

#include "core/crypto/ed25519.h"

#include <string>
#include <string_view>

namespace tarn::membership {

using crypto::Ed25519PublicKey;

/// The first 16 bytes of SHA-256 of the founder's public key.
using GridId = FixedBytes<struct GridIdTag, 16>;

GridId gridIdOf(const Ed25519PublicKey& founder);

/// 26 characters of base32.
std::string gridIdText(const GridId& grid);
/// \return InvalidInput: anything else.
Result<GridId> parseGridId(std::string_view text);

} // namespace tarn::membership
