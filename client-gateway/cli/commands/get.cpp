#include "client-gateway/cli/byte_files.h"
#include "client-gateway/cli/commands.h"
#include "client-gateway/cli/node_info.h"
#include "client-gateway/cli/reports.h"

namespace tarn::gateway::cli {

namespace {

/// A directory's page comes as a file would. Only what is HTML can be one.
Result<bool> isDirectory(Session& session, const RemotePath& remote)
{
    TARN_TRY(const Answer answer, session.ask("GET", remote, "?t=json"));
    if (answer.status != 200) return false;
    TARN_TRY(const Description object, readDescription(answer.body));
    return object.self.kind == NodeInfo::Kind::Directory;
}

bool isHtml(const net::ResponseHead& head)
{
    const std::string* const type = head.headers.find("Content-Type");
    return type != nullptr && type->starts_with("text/html");
}

} // namespace

Result<int> run(Session& session, const GetCommand& command)
{
    TARN_TRY(const RemotePath remote, session.resolve(command.source));
    TARN_TRY(BlockingGateway* const web, session.gateway());
    const bool unseen = session.options.quiet && command.file == "-";
    TARN_TRY(OutputFile file, OutputFile::create(unseen ? "/dev/null" : command.file));
    ProgressBar progress = session.makeProgress(std::nullopt);
    std::uint64_t received = 0;
    bool maybePage = false;
    const GatewayClient::OnHead onHead = [&](const net::ResponseHead& head) -> Result<void> {
        if (head.contentLength) progress.setTotal(*head.contentLength);
        if (maybePage || !isHtml(head)) return ok();
        maybePage = true;
        return Error(ErrorCode::Cancelled, "it may be the page of a directory");
    };
    const GatewayClient::Sink sink = [&](ByteView piece) {
        received += piece.size();
        progress.advance(piece.size());
        return file.write(piece);
    };
    Result<Answer> fetched = web->stream("GET", remote.target(), onHead, sink);
    if (maybePage) {
        TARN_TRY(const bool directory, isDirectory(session, remote));
        if (directory) {
            return Error(ErrorCode::InvalidInput,
                         "that is a directory: tarn ls lists it, tarn cp -r copies it");
        }
        fetched = web->stream("GET", remote.target(), onHead, sink);
    }
    TARN_TRY(const Answer answer, std::move(fetched));
    progress.finish();
    if (answer.status != 200) return session.refused(answer);
    TARN_TRY_VOID(file.commit());
    if (command.file == "-") return kOk;
    if (session.options.json) {
        session.console.out(fetchedJson(command.file, received));
    } else {
        const std::string what = remote.path.empty() ? "file" : remote.name();
        session.say(what + " retrieved and written to " + command.file + "\n");
    }
    return kOk;
}

} // namespace tarn::gateway::cli
