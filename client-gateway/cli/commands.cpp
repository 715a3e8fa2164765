#include "client-gateway/cli/commands.h"

#include "client-gateway/cli/reports.h"

namespace tarn::gateway::cli {

int runCommand(Session& session)
{
    const auto chosen = [&](const auto& command) { return run(session, command); };
    Result<int> code = std::visit(chosen, session.options.command);
    if (code) return *code;
    Error error = std::move(code).error();
    const GatewayChoice& choice = session.options.gateway;
    if (error.code() == ErrorCode::PeerUnreachable && !choice.url)
        error = std::move(error).within(choice.stateDirectory + "/node.url");
    session.console.err(errorText(error, session.options.json));
    const Command& command = session.options.command;
    if (std::holds_alternative<StatusCommand>(command)) return 2;
    const bool isLs = std::holds_alternative<LsCommand>(command);
    return isLs && error.code() == ErrorCode::PeerUnreachable ? 255 : kFailed;
}

} // namespace tarn::gateway::cli
