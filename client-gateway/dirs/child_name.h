// child_name: the names of a directory's children, in one spelling. Pure, any thread.
// Source: Unicode Standard Annex #15 (NFC) through libutf8proc; allmydata.util.encodingutil.
#pragma once

#include "core/base/result.h"

#include <string>
#include <string_view>

namespace tarn::gateway {

/// Any UTF-8, also empty or with '/'.
/// \return the name in normalization form C.  InvalidInput: not UTF-8.
Result<std::string> normalizedName(std::string_view name);

} // namespace tarn::gateway
