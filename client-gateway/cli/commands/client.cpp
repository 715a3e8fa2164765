#include "client-gateway/cli/commands.h"
#include "client-gateway/cli/node/link_report.h"
#include "client-gateway/cli/node/running_node.h"
#include "core/control/control_json.h"
#include "core/control/control_routes.h"
#include "core/control/link_json.h"
#include "core/net/http_message.h"

#include <nlohmann/json.hpp>

namespace tarn::gateway::cli {

namespace {

using Action = ClientCommand::Action;

std::string pathOf(const ClientCommand& command)
{
    return std::string(control::kClientsPath) + "/" + net::percentEncode(command.request.name);
}

Result<nlohmann::json> ask(ControlClient& node, const ClientCommand& command)
{
    switch (command.action) {
    case Action::Add:
        return node.ask("POST", control::kClientsPath, control::jsonOf(command.request).dump());
    case Action::List:
        return node.ask("GET", control::kClientsPath);
    case Action::Show:
        return node.ask("GET", pathOf(command));
    case Action::Limit:
        return node.ask("POST", pathOf(command), control::jsonOf(command.request).dump());
    case Action::Revoke:
        return node.ask("POST", pathOf(command) + "/revoke");
    }
    return Error(ErrorCode::Internal, "no such action");
}

} // namespace

/// The entry alone goes to standard output, so that it can be put into a file.
Result<int> run(Session& session, const ClientCommand& command)
{
    TARN_TRY(ControlClient node, nodeOf(session));
    TARN_TRY(const nlohmann::json answer, ask(node, command));
    if (session.options.json) {
        session.console.out(control::printed(answer));
        return kOk;
    }
    if (command.action == Action::List) {
        TARN_TRY(const std::vector<control::ClientView> all, control::readClientViews(answer));
        session.console.out(clientsText(all));
        return kOk;
    }
    TARN_TRY(const control::ClientView client, control::readClientView(answer));
    if (client.entry.empty()) {
        session.console.out(clientsText({client}));
        return kOk;
    }
    session.say(clientsText({client}) +
                "for private/servers.yaml of its node; whoever has it stores on this disk\n");
    session.console.out(client.entry);
    return kOk;
}

} // namespace tarn::gateway::cli
