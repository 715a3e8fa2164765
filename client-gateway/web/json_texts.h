// json_texts: the JSON that programs read from the web API. Shapes of spec 08 sections 4, 7, 8;
// indented by one, with a final newline, as Tahoe-LAFS prints them. Pure.
#pragma once

#include "client-gateway/check/check_result.h"
#include "client-gateway/dirs/directory_service.h"
#include "client-gateway/upload/happiness_report.h"
#include "client-gateway/web/cap_info.h"
#include "client-gateway/web/file_service.h"
#include "core/base/error.h"

#include <functional>
#include <string>
#include <vector>

namespace tarn::gateway::web {

/// ["filenode", {...}] or ["unknown", {...}]. \param cap  not Directory.
/// \param metadata  of the link to it; empty where it was not reached through a directory.
std::string capJson(const CapInfo& cap, const MetadataText& metadata = {});
/// ["dirnode", {...}] with its children.
/// \param prohibited  of a storage index: its object is told of as a file, whatever it is.
std::string directoryJson(const CapInfo& cap, const DirectoryContents& contents,
                          const std::function<bool(const std::string&)>& prohibited);
/// {name: [type, {"rw_uri"?, "ro_uri"?, "metadata"?}]}, as t=json prints children.
/// \return InvalidInput naming the child and the field.
Result<std::vector<NewChild>> childrenFromJson(std::string_view text);
std::string checkJson(const CheckResult& result);
std::string repairJson(const RepairResult& result);
std::string serversJson(const std::vector<ServerView>& servers);
/// {"error": text, "code": name} and, after an upload that found too few servers, "happiness".
std::string errorJson(const Error& error, const HappinessReport* report);

} // namespace tarn::gateway::web
