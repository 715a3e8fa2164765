#include "client-gateway/cli/session.h"

#include "client-gateway/cli/byte_files.h"
#include "client-gateway/cli/gateway_url.h"
#include "client-gateway/cli/reports.h"
#include "core/node/files.h"

namespace tarn::gateway::cli {

Result<BlockingGateway*> Session::gateway()
{
    if (!m_gateway) {
        TARN_TRY(GatewayAddress address, findGateway(options.gateway));
        m_gateway.emplace(std::move(address), clock, options.json);
    }
    return &*m_gateway;
}

Result<Aliases> Session::aliases() const
{
    TARN_TRY(Aliases aliases, loadAliases(options.gateway.stateDirectory));
    if (!options.directoryCap.empty())
        aliases.insert_or_assign(std::string(kDefaultAlias), options.directoryCap);
    return aliases;
}

Result<RemotePath> Session::resolve(std::string_view argument) const
{
    TARN_TRY(const Aliases known, aliases());
    return resolveRemote(known, argument);
}

Result<RemotePath> Session::resolve(const RemoteSource& source) const
{
    if (source.file.empty()) return resolve(source.text);
    TARN_TRY(const std::string line, readFirstLine(source.file));
    return resolve(line);
}

Result<Answer> Session::ask(std::string method, const RemotePath& remote, std::string_view query,
                            std::string body)
{
    TARN_TRY(BlockingGateway* const web, gateway());
    return web->ask(std::move(method), remote.target(query), std::move(body));
}

Result<BackupDatabase> Session::backupDatabase()
{
    const std::string folder = options.gateway.stateDirectory + "/private";
    TARN_TRY_VOID(node::makeFolderBlocking(folder, node::kPrivateFolder));
    return BackupDatabase::openBlocking(folder + "/backupdb.sqlite", clock, m_random);
}

int Session::refused(const Answer& answer) const
{
    console.err(refusalText(answer.status, answer.body, options.json));
    return kFailed;
}

void Session::say(std::string_view text) const
{
    if (!options.quiet) console.err(text);
}

ProgressBar Session::makeProgress(std::optional<std::uint64_t> totalBytes) const
{
    if (options.quiet) return ProgressBar(clock, {}, totalBytes);
    if (console.drawPiece) return ProgressBar(clock, console.drawPiece, totalBytes);
    if (!options.progress) return ProgressBar(clock, {}, totalBytes);
    return ProgressBar(clock, console.err, totalBytes, ProgressStyle::Lines);
}

} // namespace tarn::gateway::cli
