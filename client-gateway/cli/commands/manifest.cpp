#include "client-gateway/cli/commands.h"
#include "client-gateway/cli/deep_reports.h"
#include "client-gateway/cli/tree_stream.h"

namespace tarn::gateway::cli {

Result<int> run(Session& session, const ManifestCommand& command)
{
    TARN_TRY(RemotePath remote, session.resolve(command.remote));
    const LineSplitter::OnLine onLine = [&](std::string_view line) -> Result<void> {
        TARN_TRY(const std::string text, manifestText(line, command.show));
        if (!text.empty()) session.console.out(text);
        return ok();
    };
    const bool raw = command.raw || session.options.json;
    TARN_TRY(const TreeOutcome outcome,
             streamTree(session, std::move(remote), "?t=stream-manifest", raw, onLine));
    return exitCodeOf(outcome);
}

} // namespace tarn::gateway::cli
