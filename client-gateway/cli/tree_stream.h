// tree_stream: the answers about whole trees that the gateway streams line by line.
#pragma once

#include "client-gateway/cli/line_splitter.h"
#include "client-gateway/cli/session.h"

namespace tarn::gateway::cli {

/// "&verify=true..." of check and deep-check.
std::string checkArguments(const CheckOptions& options);

/// POSTs `query` about what `remote` names and hands on every line of the answer, or with `raw`
/// prints it as it comes. From a line that begins with "ERROR:" on, all goes to standard error.
/// \return kOk; kFailed after an ERROR line or a refusal, which has been reported.
Result<int> streamTree(Session& session, RemotePath remote, const std::string& query, bool raw,
                       const LineSplitter::OnLine& onLine);

} // namespace tarn::gateway::cli
