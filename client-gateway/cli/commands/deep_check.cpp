#include "client-gateway/cli/commands.h"
#include "client-gateway/cli/deep_reports.h"
#include "client-gateway/cli/tree_stream.h"

namespace tarn::gateway::cli {

namespace {

Result<int> checkTree(Session& session, const DeepCheckCommand& command, const RemoteSource& source)
{
    TARN_TRY(RemotePath remote, session.resolve(source));
    DeepCheckReport report(command.options);
    const LineSplitter::OnLine onLine = [&](std::string_view line) -> Result<void> {
        TARN_TRY(const std::string text, report.take(line));
        if (!text.empty()) session.console.out(text);
        return ok();
    };
    const bool raw = command.options.raw || session.options.json;
    const std::string query = "?t=stream-deep-check" + checkArguments(command.options);
    TARN_TRY(const TreeOutcome outcome, streamTree(session, std::move(remote), query, raw, onLine));
    if (outcome != TreeOutcome::Broken && !raw) session.console.out(report.summary());
    return exitCodeOf(outcome);
}

} // namespace

Result<int> run(Session& session, const DeepCheckCommand& command)
{
    if (command.sources.empty()) return checkTree(session, command, RemoteSource{});
    int worst = kOk;
    for (const RemoteSource& source : command.sources) {
        TARN_TRY(const int code, checkTree(session, command, source));
        worst = std::max(worst, code);
    }
    return worst;
}

} // namespace tarn::gateway::cli
