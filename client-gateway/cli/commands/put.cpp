#include "client-gateway/cli/byte_files.h"
#include "client-gateway/cli/commands.h"
#include "client-gateway/cli/reports.h"
#include "core/codec/base64.h"
#include "core/crypto/rsa.h"
#include "core/net/http_message.h"
#include "core/node/files.h"

namespace tarn::gateway::cli {

namespace {

constexpr std::size_t kMaxPemBytes = 64 * 1024;

bool isMutableFile(std::string_view remote)
{
    return remote.starts_with("URI:SSK:") || remote.starts_with("URI:MDMF:");
}

/// A mutable file keeps its capability; anything else goes where a path says; nothing has no name.
Result<std::string> placeOf(const Session& session, const PutCommand& command)
{
    if (command.remote.empty()) return std::string("/uri");
    if (isMutableFile(command.remote)) return "/uri/" + net::percentEncode(command.remote);
    TARN_TRY(const RemotePath remote, session.resolve(command.remote));
    if (remote.path.starts_with('/')) {
        return Error(ErrorCode::InvalidInput,
                     "The remote filename must not start with a slash: leave it away");
    }
    return remote.path.empty() ? remote.target("/") : remote.target();
}

Result<std::string> privateKeyArgument(const std::string& path)
{
    TARN_TRY(const Bytes pem, node::readFileBlocking(path, kMaxPemBytes));
    Result<crypto::RsaKey> key = crypto::RsaKey::fromPem(asText(pem));
    if (!key) return std::move(key).error().within(path);
    return "private-key=" + codec::encodeBase64UrlPadded(key->der());
}

Result<std::string> queryOf(const PutCommand& command)
{
    std::string query;
    const auto add = [&](const std::string& argument) {
        query += (query.empty() ? "?" : "&") + argument;
    };
    if (command.isMutable) add("mutable=true");
    if (!command.privateKeyPath.empty()) {
        TARN_TRY(const std::string argument, privateKeyArgument(command.privateKeyPath));
        add(argument);
    }
    if (!command.format.empty()) add("format=" + command.format);
    return query;
}

} // namespace

Result<int> run(Session& session, const PutCommand& command)
{
    if (command.dryRun) return runDryRun(session, command);
    TARN_TRY(const std::string place, placeOf(session, command));
    TARN_TRY(const std::string query, queryOf(command));
    TARN_TRY(BlockingGateway* const web, session.gateway());
    TARN_TRY(InputFile file, InputFile::open(command.file));
    ProgressBar progress = session.makeProgress(file.size());
    std::uint64_t sent = 0;
    const GatewayClient::Source source = [&](MutableByteView into) {
        Result<std::size_t> count = file.read(into);
        progress.advance(count.value_or(0U));
        sent += count.value_or(0U);
        return count;
    };
    const BlockingGateway::OnWaiting onWaiting = [&](const Answer& status) {
        progress.wait(uploadShare(status.body, sent));
    };
    const Result<Answer> put = progress.isShown()
                                   ? web->putWatched(place + query, file.size(), source, onWaiting)
                                   : web->put(place + query, file.size(), source);
    TARN_TRY(const Answer answer, put);
    progress.finish();
    if (!isSuccess(answer)) return session.refused(answer);
    if (session.options.json) {
        session.console.out(storedJson(answer.body, sent));
    } else {
        const std::string_view reason = net::reasonPhrase(answer.status);
        session.say(std::to_string(answer.status) + " " + std::string(reason) + "\n");
        session.console.out(answer.body + "\n");
    }
    return kOk;
}

} // namespace tarn::gateway::cli
