// info_page: what a capability says of itself (t=info), and what can be done to its object. Pure.
#pragma once

#include "client-gateway/web/cap_info.h"

#include <string>
#include <string_view>

namespace tarn::gateway::web {

/// \param handle  for a deep operation that starts here; empty: none is offered.
std::string infoPage(const CapInfo& cap, std::string_view handle = {});

} // namespace tarn::gateway::web
