#include "client-gateway/cli/commands.h"
#include "client-gateway/cli/listing.h"

namespace tarn::gateway::cli {

namespace {

constexpr int kNoSuchFile = 2;

} // namespace

Result<int> run(Session& session, const LsCommand& command)
{
    std::string argument = command.remote;
    if (argument.ends_with('/')) argument.pop_back();
    TARN_TRY(const RemotePath remote, session.resolve(argument));
    TARN_TRY(const Answer answer, session.ask("GET", remote, "?t=json"));
    if (answer.status == 404) {
        if (session.options.json)
            session.refused(answer);
        else
            session.console.err("No such file or directory\n");
        return kNoSuchFile;
    }
    if (answer.status != 200) {
        session.refused(answer);
        return static_cast<int>(answer.status & 0xFFU); // as much as a process can tell
    }
    if (session.options.json) {
        session.console.out(answer.body + "\n");
        return kOk;
    }
    TARN_TRY(Description description, readDescription(answer.body));
    if (description.self.kind != NodeInfo::Kind::Directory)
        description.children.emplace(remote.name(), description.self);
    session.console.out(listingText(description.children, command, session.clock.wallNow()));
    if (hasUnknown(description.children)) {
        session.console.err("\nThis listing included unknown objects. A gateway of a later version "
                            "may know them.\n");
    }
    return kOk;
}

} // namespace tarn::gateway::cli
