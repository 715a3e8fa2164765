#include "client-gateway/cli/commands.h"
#include "client-gateway/cli/node_info.h"
#include "client-gateway/cli/reports.h"

namespace tarn::gateway::cli {

namespace {

constexpr int kLinkedTwice = 2;

int failed(const Session& session, const Answer& answer, bool keepsOriginal)
{
    if (answer.status == 409) {
        const Error error(ErrorCode::Conflict, "You can't overwrite a directory with a file; to "
                                               "move into it, end its name with /");
        session.console.err(errorText(error, session.options.json));
        return kFailed;
    }
    session.refused(answer);
    if (!keepsOriginal) session.say("NOT removing the original\n");
    return kFailed;
}

} // namespace

Result<int> run(Session& session, const MoveCommand& command)
{
    TARN_TRY(const RemotePath from, session.resolve(command.from));
    TARN_TRY(RemotePath to, session.resolve(command.to));
    if (!command.keepsOriginal && from.path.empty())
        return Error(ErrorCode::InvalidInput, "only a link can be moved, so FROM needs a path");
    TARN_TRY(const Answer found, session.ask("GET", from, "?t=json"));
    if (!isSuccess(found)) return session.refused(found);
    TARN_TRY(const Description object, readDescription(found.body));

    if (to.path.empty() || to.path.ends_with('/')) to.path += from.name();
    if (to.path.empty()) return Error(ErrorCode::InvalidInput, "TO needs a name");
    if (!command.keepsOriginal && to == from)
        return Error(ErrorCode::InvalidInput, "FROM and TO are the same place");
    TARN_TRY(const Answer linked,
             session.ask("PUT", to, "?t=uri&replace=only-files", object.self.bestCap()));
    if (!isSuccess(linked)) return failed(session, linked, command.keepsOriginal);

    if (!command.keepsOriginal) {
        TARN_TRY(const Answer removed, session.ask("DELETE", from, {}));
        if (!isSuccess(removed)) {
            session.refused(removed);
            return kLinkedTwice;
        }
    }
    session.console.out(session.options.json ? capJson(object.self.bestCap()) : "OK\n");
    return kOk;
}

} // namespace tarn::gateway::cli
