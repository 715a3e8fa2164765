#include "client-gateway/cli/tree_stream.h"

#include "client-gateway/cli/printable.h"

namespace tarn::gateway::cli {

std::string checkArguments(const CheckOptions& options)
{
    std::string text;
    if (options.verify) text += "&verify=true";
    if (options.repair) text += "&repair=true";
    if (options.addLease) text += "&add-lease=true";
    return text;
}

Result<int> streamTree(Session& session, RemotePath remote, const std::string& query, bool raw,
                       const LineSplitter::OnLine& onLine)
{
    TARN_TRY(BlockingGateway* const web, session.gateway());
    if (remote.path == "/") remote.path.clear();
    bool failed = false;
    LineSplitter lines([&](std::string_view line) -> Result<void> {
        failed = failed || line.starts_with("ERROR:");
        if (failed) {
            session.console.err(printable(line) + "\n");
        } else if (raw) {
            session.console.out(std::string(line) + "\n");
        } else {
            return onLine(line);
        }
        return ok();
    });
    const GatewayClient::Sink sink = [&](ByteView piece) { return lines.take(piece); };
    const GatewayClient::OnHead ignore = [](const net::ResponseHead&) { return ok(); };
    TARN_TRY(const Answer answer, web->stream("POST", remote.target(query), ignore, sink));
    if (answer.status != 200) return session.refused(answer);
    TARN_TRY_VOID(lines.finish());
    return failed ? kFailed : kOk;
}

} // namespace tarn::gateway::cli
