#include "client-gateway/cli/byte_files.h"
#include "client-gateway/cli/commands.h"
#include "client-gateway/cli/reports.h"

namespace tarn::gateway::cli {

Result<int> run(Session& session, const GetCommand& command)
{
    TARN_TRY(const RemotePath remote, session.resolve(command.source));
    TARN_TRY(BlockingGateway* const web, session.gateway());
    TARN_TRY(OutputFile file, OutputFile::create(command.file));
    ProgressBar progress = session.makeProgress(std::nullopt);
    std::uint64_t received = 0;
    const auto onLength = [&](std::uint64_t bytes) { progress.setTotal(bytes); };
    const GatewayClient::Sink sink = [&](ByteView piece) {
        received += piece.size();
        progress.advance(piece.size());
        return file.write(piece);
    };
    TARN_TRY(const Answer answer, web->stream("GET", remote.target(), onLength, sink));
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
