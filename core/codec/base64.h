// base64: header secrets (standard alphabet) and NURL hashes (URL alphabet). Pure, any thread.
// Source: RFC 4648; the lenient decoder follows Python's base64.b64decode without validation.
#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"

#include <string>
#include <string_view>

namespace tarn::codec {

/// '+' and '/', padded with '=' to a multiple of 4.
std::string encodeBase64(ByteView bytes);
/// Takes exactly what encodeBase64 writes.
/// \return InvalidInput: foreign character, wrong length or padding, unused bits set.
Result<Bytes> decodeBase64(std::string_view text);

/// The reference's decoder of header secrets: characters outside the alphabet are skipped, text
/// after complete padding and unused bits are ignored.
/// \return InvalidInput: the last group is incomplete and lacks its padding.
Result<Bytes> decodeBase64Lenient(std::string_view text);

/// '-' and '_', no padding; the decoder takes exactly that.
std::string encodeBase64Url(ByteView bytes);
Result<Bytes> decodeBase64Url(std::string_view text);

/// '-' and '_', padded; the decoder takes exactly that.
std::string encodeBase64UrlPadded(ByteView bytes);
Result<Bytes> decodeBase64UrlPadded(std::string_view text);

} // namespace tarn::codec
