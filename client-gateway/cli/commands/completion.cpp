#include "client-gateway/cli/completion.h"

#include "client-gateway/cli/commands.h"

namespace tarn::gateway::cli {

Result<int> run(Session& session, const CompletionCommand& command)
{
    session.console.out(completionScript(programShape(), command.shell));
    return kOk;
}

} // namespace tarn::gateway::cli
