#include "client-gateway/cli/commands.h"

#include "client-gateway/cli/byte_files.h"
#include "client-gateway/cli/gateway_client.h"
#include "client-gateway/cli/gateway_url.h"
#include "client-gateway/cli/progress.h"
#include "client-gateway/cli/reports.h"
#include "core/net/http_message.h"

namespace tarn::gateway::cli {

namespace {

/// The target of a request about a capability, which stands percent-encoded in one segment.
Result<std::string> targetOf(const CapSource& source, std::string_view query)
{
    std::string text = source.text;
    if (!source.file.empty()) {
        TARN_TRY(text, readFirstLine(source.file));
    }
    return "/uri/" + net::percentEncode(text) + std::string(query);
}

/// Reports an answer that is no success.
int refused(const Session& session, const Answer& answer)
{
    session.console.err(refusalText(answer.status, answer.body, session.options.json));
    return kFailed;
}

ProgressBar makeProgress(Session& session, std::optional<std::uint64_t> total)
{
    std::function<void(const std::string&)> draw;
    if (!session.options.quiet) draw = session.console.drawPiece;
    return ProgressBar(session.clock, std::move(draw), total);
}

std::string checkQuery(const CheckCommand& command)
{
    std::string query = "?t=check&output=JSON";
    if (command.verify) query += "&verify=true";
    if (command.repair) query += "&repair=true";
    if (command.addLease) query += "&add-lease=true";
    return query;
}

} // namespace

asio::awaitable<Result<int>> runPut(Session& session, const PutCommand& command)
{
    if (command.dryRun) co_return runDryRun(session, command);
    TARN_CO_TRY(const HostPort gateway, findGateway(session.options.gateway));
    TARN_CO_TRY(InputFile file, InputFile::open(command.file));
    GatewayClient client(gateway, session.clock, session.options.json);
    ProgressBar progress = makeProgress(session, file.size());
    std::uint64_t sent = 0;
    const GatewayClient::Source source = [&](MutableByteView into) {
        Result<std::size_t> count = file.read(into);
        progress.advance(count.value_or(0U));
        sent += count.value_or(0U);
        return count;
    };
    TARN_CO_TRY(const Answer answer, co_await client.put("/uri", file.size(), source));
    progress.finish();
    if (answer.status != 200) co_return refused(session, answer);
    session.console.out(session.options.json ? storedJson(answer.body, sent) : answer.body + "\n");
    co_return kOk;
}

asio::awaitable<Result<int>> runGet(Session& session, const GetCommand& command)
{
    TARN_CO_TRY(const std::string target, targetOf(command.cap, {}));
    TARN_CO_TRY(const HostPort gateway, findGateway(session.options.gateway));
    TARN_CO_TRY(OutputFile file, OutputFile::create(command.file));
    GatewayClient client(gateway, session.clock, session.options.json);
    ProgressBar progress = makeProgress(session, std::nullopt);
    std::uint64_t received = 0;
    const auto onLength = [&](std::uint64_t bytes) { progress.setTotal(bytes); };
    const GatewayClient::Sink sink = [&](ByteView piece) {
        received += piece.size();
        progress.advance(piece.size());
        return file.write(piece);
    };
    TARN_CO_TRY(const Answer answer, co_await client.get(target, onLength, sink));
    progress.finish();
    if (answer.status != 200) co_return refused(session, answer);
    TARN_CO_TRY_VOID(file.commit());
    if (session.options.json && command.file != "-")
        session.console.out(fetchedJson(command.file, received));
    co_return kOk;
}

asio::awaitable<Result<int>> runCheck(Session& session, const CheckCommand& command)
{
    TARN_CO_TRY(const std::string target, targetOf(command.cap, checkQuery(command)));
    TARN_CO_TRY(const HostPort gateway, findGateway(session.options.gateway));
    GatewayClient client(gateway, session.clock, session.options.json);
    TARN_CO_TRY(const Answer answer, co_await client.ask("POST", target));
    if (answer.status != 200) co_return refused(session, answer);
    TARN_CO_TRY(const CheckReport report, readCheckReport(answer.body));
    session.console.out(session.options.json ? answer.body : report.text);
    co_return report.healthy ? kOk : kFailed;
}

asio::awaitable<Result<int>> runStatus(Session& session)
{
    TARN_CO_TRY(const HostPort gateway, findGateway(session.options.gateway));
    GatewayClient client(gateway, session.clock, session.options.json);
    TARN_CO_TRY(const Answer answer, co_await client.ask("GET", "/?t=json"));
    if (answer.status != 200) co_return refused(session, answer);
    TARN_CO_TRY(std::string text, statusText(answer.body, textOf(gateway)));
    session.console.out(session.options.json ? answer.body : text);
    co_return kOk;
}

namespace {

asio::awaitable<Result<int>> runChosen(Session& session)
{
    const Command& command = session.options.command;
    if (const auto* put = std::get_if<PutCommand>(&command))
        co_return co_await runPut(session, *put);
    if (const auto* get = std::get_if<GetCommand>(&command))
        co_return co_await runGet(session, *get);
    if (const auto* check = std::get_if<CheckCommand>(&command))
        co_return co_await runCheck(session, *check);
    co_return co_await runStatus(session);
}

} // namespace

asio::awaitable<int> runCommand(Session& session)
{
    Result<int> code = co_await runChosen(session);
    if (code) co_return *code;
    Error error = std::move(code).error();
    const GatewayChoice& choice = session.options.gateway;
    if (error.code() == ErrorCode::PeerUnreachable && !choice.url)
        error = std::move(error).within(choice.stateDirectory + "/node.url");
    session.console.err(errorText(error, session.options.json));
    co_return kFailed;
}

} // namespace tarn::gateway::cli
