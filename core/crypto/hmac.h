// hmac: HMAC-SHA256. Any thread. Source: RFC 2104, FIPS 198-1, through OpenSSL.
#pragma once

#include "core/base/bytes.h"
#include "core/base/ids.h"

namespace tarn::crypto {

Hash256 hmacSha256(ByteView key, ByteView message);

} // namespace tarn::crypto
