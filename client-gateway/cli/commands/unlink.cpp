#include "client-gateway/cli/commands.h"
#include "client-gateway/cli/reports.h"
#include "core/net/http_message.h"

namespace tarn::gateway::cli {

Result<int> run(Session& session, const UnlinkCommand& command)
{
    TARN_TRY(const RemotePath remote, session.resolve(command.remote));
    if (remote.path.empty()) {
        return Error(ErrorCode::InvalidInput,
                     "'tarn unlink' can only unlink directory entries, so a path must be given.");
    }
    TARN_TRY(const Answer answer, session.ask("DELETE", remote, {}));
    if (answer.status != 200) return session.refused(answer);
    session.console.out(session.options.json ? capJson(answer.body)
                                             : "200 " + std::string(net::reasonPhrase(200)) + "\n");
    return kOk;
}

} // namespace tarn::gateway::cli
