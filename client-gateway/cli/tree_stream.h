// tree_stream: the answers about whole trees that the gateway streams line by line.
#pragma once

#include "client-gateway/cli/line_splitter.h"
#include "client-gateway/cli/session.h"

namespace tarn::gateway::cli {

/// "&verify=true..." of check and deep-check.
std::string checkArguments(const CheckOptions& options);

enum class TreeOutcome {
    Complete,
    Incomplete, ///< to the end, but for objects that could not be read or checked
    Broken      ///< refused, or ended by an ERROR line
};
inline int exitCodeOf(TreeOutcome outcome)
{
    return outcome == TreeOutcome::Complete ? kOk : kFailed;
}

/// POSTs `query` about what `remote` names and hands on every line of the answer, or with `raw`
/// prints it as it comes. From a line that begins with "ERROR:" on, all goes to standard error.
/// Objects that could not be read or checked are named there too, but with --json, which has them
/// among its lines.
/// \return all but Complete has been reported.
Result<TreeOutcome> streamTree(Session& session, RemotePath remote, const std::string& query,
                               bool raw, const LineSplitter::OnLine& onLine);

} // namespace tarn::gateway::cli
