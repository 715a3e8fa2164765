// sha1: plain SHA-1, where old formats ask for it: the permuted order of servers and tubids. It
// protects nothing here. Any thread.
#pragma once

#include "core/base/bytes.h"
#include "core/base/ids.h"

namespace tarn::crypto {

using Sha1Digest = FixedBytes<struct Sha1DigestTag, 20>;

Sha1Digest sha1(ByteView bytes);
/// SHA1(a || b): the rank of the server with seed b for the storage index a.
Sha1Digest sha1(ByteView a, ByteView b);

} // namespace tarn::crypto
