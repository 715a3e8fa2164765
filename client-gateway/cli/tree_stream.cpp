#include "client-gateway/cli/tree_stream.h"

#include "client-gateway/cli/deep_reports.h"
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

Result<TreeOutcome> streamTree(Session& session, RemotePath remote, const std::string& query,
                               bool raw, const LineSplitter::OnLine& onLine)
{
    TARN_TRY(BlockingGateway* const web, session.gateway());
    if (remote.path == "/") remote.path.clear();
    bool ended = false; // by an ERROR line
    bool incomplete = false;
    LineSplitter lines([&](std::string_view line) -> Result<void> {
        ended = ended || line.starts_with("ERROR:");
        if (ended) {
            session.console.err(printable(line) + "\n");
            return ok();
        }
        TARN_TRY(const std::optional<DeepFailure> failure, failureOf(line));
        incomplete = incomplete || failure;
        if (failure && !session.options.json) session.console.err(failureText(*failure));
        if (!raw) return onLine(line);
        session.console.out(std::string(line) + "\n");
        return ok();
    });
    const GatewayClient::Sink sink = [&](ByteView piece) { return lines.take(piece); };
    const GatewayClient::OnHead ignore = [](const net::ResponseHead&) { return ok(); };
    TARN_TRY(const Answer answer, web->stream("POST", remote.target(query), ignore, sink));
    if (answer.status != 200) {
        session.refused(answer);
        return TreeOutcome::Broken;
    }
    TARN_TRY_VOID(lines.finish());
    if (ended) return TreeOutcome::Broken;
    return incomplete ? TreeOutcome::Incomplete : TreeOutcome::Complete;
}

} // namespace tarn::gateway::cli
