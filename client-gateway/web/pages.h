// pages: the few HTML pages that the gateway makes itself; they work without scripts. Pure.
#pragma once

#include "client-gateway/web/cap_info.h"
#include "client-gateway/web/counters.h"
#include "client-gateway/web/file_service.h"

#include <string>
#include <vector>

namespace tarn::gateway::web {

/// The start page: servers, an upload form, a field to open a capability.
std::string statusPage(const std::vector<ServerView>& servers, EncodingParameters encoding,
                       const Counters& counters);
std::string uploadPage(const UploadResult& result);
std::string checkPage(const CheckResult& result);
std::string repairPage(const RepairResult& result);
/// What a capability says of itself (t=info).
std::string infoPage(const CapInfo& cap);

} // namespace tarn::gateway::web
