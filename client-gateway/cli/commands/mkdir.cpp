#include "client-gateway/cli/commands.h"
#include "client-gateway/cli/reports.h"

namespace tarn::gateway::cli {

namespace {

/// The place of the new directory; "/uri" for one without a name.
Result<std::string> placeOf(const Session& session, const MkdirCommand& command)
{
    std::string query = "?t=mkdir";
    if (!command.format.empty()) query += "&format=" + command.format;
    if (command.remote.empty()) return "/uri" + query;
    TARN_TRY(RemotePath remote, session.resolve(command.remote));
    if (remote.path.empty()) return "/uri" + query;
    if (remote.path.ends_with('/')) remote.path.pop_back();
    return remote.target(query);
}

} // namespace

Result<int> run(Session& session, const MkdirCommand& command)
{
    TARN_TRY(const std::string place, placeOf(session, command));
    TARN_TRY(BlockingGateway* const web, session.gateway());
    TARN_TRY(const Answer answer, web->ask("POST", place));
    if (!isSuccess(answer)) return session.refused(answer);
    session.console.out(session.options.json ? capJson(answer.body) : answer.body + "\n");
    return kOk;
}

} // namespace tarn::gateway::cli
