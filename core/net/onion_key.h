// onion_key: the key of an onion service and the name that follows from it. Pure, any thread.
// Source: rend-spec-v3.txt of the Tor project, section 6 [ONIONADDRESS]; RFC 8032 5.1.5.
#pragma once

#include "core/crypto/ed25519.h"

#include <string>

namespace tarn::net {

/// 56 characters of base32 and ".onion".
std::string onionName(const crypto::Ed25519PublicKey& key);

/// "ED25519-V3:..." as ADD_ONION takes it.
Secret onionKeyBlob(const crypto::Ed25519Seed& seed);

} // namespace tarn::net
