#include "client-gateway/cli/commands.h"
#include "client-gateway/cli/reports.h"
#include "client-gateway/cli/tree_stream.h"

namespace tarn::gateway::cli {

namespace {

Result<int> checkOne(Session& session, const CheckCommand& command, const RemoteSource& source)
{
    TARN_TRY(RemotePath remote, session.resolve(source));
    if (remote.path == "/") remote.path.clear();
    const std::string query = "?t=check&output=JSON" + checkArguments(command.options);
    TARN_TRY(const Answer answer, session.ask("POST", remote, query));
    if (answer.status != 200) return session.refused(answer);
    if (session.options.json && !command.options.raw) {
        TARN_TRY(const std::string line, onOneLine(answer.body));
        session.console.out(line);
        return kOk;
    }
    if (command.options.raw) {
        session.console.out(answer.body.ends_with('\n') ? answer.body : answer.body + "\n");
        return kOk;
    }
    TARN_TRY(const std::string text, checkReport(answer.body));
    session.console.out(text);
    return kOk;
}

} // namespace

Result<int> run(Session& session, const CheckCommand& command)
{
    if (command.sources.empty()) return checkOne(session, command, RemoteSource{});
    for (const RemoteSource& source : command.sources) {
        TARN_TRY(const int code, checkOne(session, command, source));
        if (code != kOk) return code;
    }
    return kOk;
}

} // namespace tarn::gateway::cli
