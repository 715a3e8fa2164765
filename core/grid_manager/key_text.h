// key_text: Ed25519 keys as the text that Tahoe-LAFS writes. Pure, any thread.
// Source: spec 10 section 2; allmydata.crypto.ed25519.
#pragma once

#include "core/crypto/ed25519.h"

#include <string>
#include <string_view>

namespace tarn::grid_manager {

/// "pub-v0-" and 52 base32 characters.
std::string publicKeyText(const crypto::Ed25519PublicKey& key);
/// \return InvalidInput: anything else.
Result<crypto::Ed25519PublicKey> parsePublicKey(std::string_view text);

/// "priv-v0-" and 52 base32 characters: a secret.
Secret privateKeyText(const crypto::Ed25519Seed& seed);
/// \return InvalidInput: anything else; the text is not repeated.
Result<crypto::Ed25519Seed> parsePrivateKey(std::string_view text);

} // namespace tarn::grid_manager
