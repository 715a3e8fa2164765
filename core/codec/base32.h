// base32: the alphabet of capabilities, storage indexes and seeds. Pure, any thread.
// Source: RFC 4648 bit order, lower case, no padding, as Tahoe-LAFS writes it.
#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"

#include <string>
#include <string_view>

namespace tarn::codec {

/// \return ceil(8n / 5) characters of a-z2-7.
std::string encodeBase32(ByteView bytes);

/// Takes exactly what encodeBase32 writes.
/// \return InvalidInput: a foreign character (upper case and '=' included), a length of 1, 3 or 6
///         modulo 8, or a last character with unused bits set. The text is not repeated.
Result<Bytes> decodeBase32(std::string_view text);

/// As decodeBase32, but the highest unused bit of the last character may be set, as Tahoe-LAFS
/// lets it: for storage indexes in paths, key files and seeds that others wrote.
Result<Bytes> decodeBase32Lax(std::string_view text);

} // namespace tarn::codec
