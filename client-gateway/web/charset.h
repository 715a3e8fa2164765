// charset: names in forms whose browser does not send UTF-8. Pure.
// Source: spec 08 section 1, "_charset".
#pragma once

#include "core/base/result.h"

#include <string>
#include <string_view>

namespace tarn::gateway::web {

/// \param charset  UTF-8 where empty; US-ASCII, ISO-8859-1 and their usual aliases, in any case.
/// \return the same text in UTF-8; of UTF-8 as it is, good or not. InvalidInput: another charset,
///         or bytes that US-ASCII does not have.
Result<std::string> utf8Of(std::string_view text, std::string_view charset);

} // namespace tarn::gateway::web
