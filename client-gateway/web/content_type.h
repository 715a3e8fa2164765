// content_type: guesses the Content-Type of a file from its name. Pure.
#pragma once

#include <string_view>

namespace tarn::gateway::web {

/// By the last extension, case ignored; text/plain where there is none or it is unknown (spec 08
/// section 3).
std::string_view contentTypeOf(std::string_view fileName);

} // namespace tarn::gateway::web
