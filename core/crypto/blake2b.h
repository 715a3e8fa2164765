// blake2b: BLAKE2b with 32 bytes of output, which newer storage containers keep instead of lease
// secrets. Any thread. Source: RFC 7693, unkeyed, through libsodium.
#pragma once

#include "core/base/bytes.h"
#include "core/base/ids.h"

namespace tarn::crypto {

using Blake2bDigest = FixedBytes<struct Blake2bDigestTag, 32>;

Blake2bDigest blake2b(ByteView bytes);

} // namespace tarn::crypto
