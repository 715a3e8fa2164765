// node_id: how texts name the node of a public key: "v0-" and 52 characters of base32
// (spec 06, server ids; design.md section 3).
#pragma once

#include "core/crypto/ed25519.h"

#include <string>
#include <string_view>

namespace tarn::wire {

inline constexpr std::size_t kNodeIdCharacters = 3 + 52;

std::string nodeIdOf(const crypto::Ed25519PublicKey& key);

/// \return InvalidInput: another form; says which was expected, not what was there.
Result<crypto::Ed25519PublicKey> parseNodeId(std::string_view text);

} // namespace tarn::wire
