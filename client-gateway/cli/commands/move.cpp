#include "client-gateway/cli/commands.h"
#include "client-gateway/cli/node_info.h"
#include "client-gateway/cli/reports.h"
#include "client-gateway/dirs/child_name.h"
#include "core/cap/parse.h"

namespace tarn::gateway::cli {

namespace {

constexpr int kLinkedTwice = 2;

/// The directory that holds the link.
RemotePath parentOf(RemotePath link)
{
    while (link.path.ends_with('/'))
        link.path.pop_back();
    link.path.resize(link.path.rfind('/') == std::string::npos ? 0 : link.path.rfind('/'));
    return link;
}

/// The same for every way to name a directory; empty: it does not exist yet.
Result<std::string> identityOf(Session& session, const RemotePath& directory)
{
    if (directory.path.empty()) return cap::printCap(cap::readOnlyOf(cap::parseCap(directory.cap)));
    TARN_TRY(const Answer answer, session.ask("GET", directory, "?t=readonly-uri"));
    if (answer.status == 404) return std::string();
    if (!isSuccess(answer)) return refusal(answer.status, answer.body);
    return answer.body.substr(0, answer.body.find('\n'));
}

/// Whether both name one link, by whatever spelling and on whatever way: moving it there and then
/// removing the original would lose it.
Result<bool> isSameLink(Session& session, const RemotePath& from, const RemotePath& to)
{
    TARN_TRY(const std::string fromName, normalizedName(from.name()));
    TARN_TRY(const std::string toName, normalizedName(to.name()));
    if (fromName != toName) return false;
    TARN_TRY(const std::string fromDirectory, identityOf(session, parentOf(from)));
    TARN_TRY(const std::string toDirectory, identityOf(session, parentOf(to)));
    return fromDirectory == toDirectory;
}

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
    if (object.self.bestCap().empty()) {
        return Error(ErrorCode::Unsupported,
                     "the gateway does not know this kind of capability, so only its read-only "
                     "form (ro.URI:... or imm.URI:...) can be linked");
    }
    if (!command.keepsOriginal) {
        TARN_TRY(const bool same, isSameLink(session, from, to));
        if (same) return Error(ErrorCode::InvalidInput, "FROM and TO are the same place");
    }
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
