// sealed_cap: the write capability of a child, readable for holders of the directory's write key
// only. Pure, any thread.
// Source: allmydata.dirnode._encrypt_rw_uri: salt (16 bytes) || ciphertext || MAC (32 bytes).
#pragma once

#include "core/crypto/key_derivation.h"

#include <string>
#include <string_view>

namespace tarn::gateway {

/// \param writeCap  may be empty.
Bytes sealWriteCap(const crypto::WriteKey& directoryKey, std::string_view writeCap);

/// What was sealed; garbage under another key: as in Tahoe-LAFS nobody checks the MAC, since the
/// directory's own signature covers it. Too short a value opens to nothing.
std::string openWriteCap(const crypto::WriteKey& directoryKey, ByteView sealed);

} // namespace tarn::gateway
