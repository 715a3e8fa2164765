// utf8: whether bytes are well-formed UTF-8. Pure, any thread.
#pragma once

#include "core/base/bytes.h"

namespace tarn::codec {

/// RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
bool isUtf8(ByteView bytes);

} // namespace tarn::codec
