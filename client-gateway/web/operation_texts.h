// operation_texts: the results of a deep operation, finished or not, as programs and people read
// them. Pure. Source: spec 08 section 7.
#pragma once

#include "client-gateway/web/operation_record.h"

#include <string>

namespace tarn::gateway::web {

/// Manifest, size, stats, or deep check with or without repair; with "finished".
std::string operationJson(const OperationRecord& record);
/// output=text of Manifest and Size: "finished: yes", then "path cap" lines, or "size: N".
std::string operationText(const OperationRecord& record);
/// \param handle  for links and the button that cancels.
std::string operationPage(const OperationRecord& record, const std::string& handle);

} // namespace tarn::gateway::web
