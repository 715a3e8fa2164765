#include "client-gateway/cli/commands.h"
#include "client-gateway/cli/node/link_report.h"
#include "client-gateway/cli/node/running_node.h"
#include "client-gateway/cli/printable.h"
#include "client-gateway/cli/reports.h"
#include "core/control/control_json.h"
#include "core/control/control_routes.h"
#include "core/control/link_json.h"
#include "core/net/http_message.h"

#include <nlohmann/json.hpp>

namespace tarn::gateway::cli {

namespace {

using Action = InboxCommand::Action;

std::string pathOf(const InboxCommand& command, std::string_view action)
{
    std::string out = std::string(control::kInboxPath) + "/" + net::percentEncode(command.id);
    if (!action.empty()) out += "/" + std::string(action);
    return out;
}

/// Linked first, then forgotten: it is never in neither place.
Result<int> take(Session& session, ControlClient& node, const InboxCommand& command)
{
    TARN_TRY(const nlohmann::json answer, node.ask("GET", pathOf(command, {})));
    TARN_TRY(const control::LinkView link, control::readLinkView(answer));
    RemotePath to;
    TARN_TRY(to, session.resolve(command.remote.empty() ? "tahoe:" : command.remote));
    if (to.path.empty() || to.path.ends_with('/')) to.path += link.name;
    TARN_TRY(const Answer linked, session.ask("PUT", to, "?t=uri&replace=false", link.cap));
    if (linked.status == 409) {
        return Error(ErrorCode::Conflict, "there is " + printable(to.path) +
                                              " already: say where it shall go, `tarn inbox take "
                                              "ID PATH`");
    }
    if (!isSuccess(linked)) return session.refused(linked);
    TARN_TRY(const nlohmann::json dropped, node.ask("POST", pathOf(command, "drop")));
    if (session.options.json)
        session.console.out(control::printed(dropped));
    else
        session.console.out(printable(to.path) + "\n");
    return kOk;
}

Result<nlohmann::json> ask(ControlClient& node, const InboxCommand& command)
{
    if (command.action == Action::List) return node.ask("GET", control::kInboxPath);
    if (command.action == Action::Drop) return node.ask("POST", pathOf(command, "drop"));
    return node.ask("GET", pathOf(command, {}));
}

} // namespace

Result<int> run(Session& session, const InboxCommand& command)
{
    TARN_TRY(ControlClient node, nodeOf(session));
    if (command.action == Action::Take) return take(session, node, command);
    TARN_TRY(const nlohmann::json answer, ask(node, command));
    if (session.options.json) {
        session.console.out(control::printed(answer));
        return kOk;
    }
    if (command.action == Action::List) {
        TARN_TRY(const std::vector<control::LinkView> all, control::readLinkViews(answer));
        session.console.out(linksText(all));
        return kOk;
    }
    TARN_TRY(const control::LinkView link, control::readLinkView(answer));
    session.console.out(linkText(link));
    return kOk;
}

} // namespace tarn::gateway::cli
