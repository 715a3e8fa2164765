// pages: the few HTML pages that the gateway makes itself; they work without scripts. Pure.
#pragma once

#include "client-gateway/web/counters.h"
#include "client-gateway/web/file_service.h"

#include <string>
#include <vector>

namespace tarn::gateway::web {

/// The start page: forms to open a capability, store a file and make a folder; servers.
std::string statusPage(const std::vector<ServerView>& servers, EncodingParameters encoding,
                       const Counters& counters);
std::string uploadPage(const UploadResult& result);
/// \param back  address of what was checked.
std::string checkPage(const CheckResult& result, std::string_view back);
std::string repairPage(const RepairResult& result, std::string_view back);
/// A request that was refused or failed. \param text  plain.
std::string errorPage(unsigned status, std::string_view text);

} // namespace tarn::gateway::web
