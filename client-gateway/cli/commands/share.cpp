#include "client-gateway/cli/commands.h"
#include "client-gateway/cli/node/link_report.h"
#include "client-gateway/cli/node/running_node.h"
#include "client-gateway/cli/node_info.h"
#include "client-gateway/cli/reports.h"
#include "core/control/control_json.h"
#include "core/control/control_routes.h"
#include "core/control/link_json.h"
#include "core/net/http_message.h"

#include <nlohmann/json.hpp>

namespace tarn::gateway::cli {

namespace {

/// What it is called where it is given to.
std::string nameOf(const ShareCommand& command, const RemotePath& remote)
{
    if (!command.name.empty()) return command.name;
    return remote.name().empty() ? std::string("shared") : remote.name();
}

Result<int> give(Session& session, const ShareCommand& command, control::LinkRequest request)
{
    TARN_TRY(ControlClient node, nodeOf(session));
    const std::string path =
        std::string(control::kMembersPath) + "/" + net::percentEncode(command.member) + "/share";
    TARN_TRY(const nlohmann::json answer, node.ask("POST", path, control::jsonOf(request).dump()));
    if (session.options.json) {
        session.console.out(control::printed(answer));
        return kOk;
    }
    TARN_TRY(const control::LinkView link, control::readLinkView(answer));
    session.console.out(linksText({link}));
    return kOk;
}

} // namespace

/// Only what reads leaves this program.
Result<int> run(Session& session, const ShareCommand& command)
{
    TARN_TRY(RemotePath remote, session.resolve(command.remote));
    while (remote.path.ends_with('/'))
        remote.path.pop_back();
    TARN_TRY(const Answer answer, session.ask("GET", remote, "?t=json"));
    if (!isSuccess(answer)) return session.refused(answer);
    TARN_TRY(const Description object, readDescription(answer.body));
    if (object.self.readCap.empty()) {
        return Error(ErrorCode::Unsupported,
                     "there is no read link to this kind of object, as far as the node knows");
    }
    control::LinkRequest request;
    request.cap = object.self.readCap;
    request.name = nameOf(command, remote);
    if (!command.member.empty()) return give(session, command, std::move(request));
    session.console.out(session.options.json ? capJson(request.cap) : request.cap + "\n");
    return kOk;
}

} // namespace tarn::gateway::cli
