#include "client-gateway/cli/commands.h"
#include "client-gateway/cli/local_files.h"
#include "client-gateway/cli/reports.h"
#include "client-gateway/cli/setup/tahoe_node.h"
#include "client-gateway/servers_file.h"
#include "core/node/state_dir.h"

namespace tarn::gateway::cli {

namespace {

constexpr int kNotEmpty = 255; // as tahoe's
constexpr std::size_t kMaxServersBytes = 16U << 20U;
constexpr std::string_view kGatewayRole = "gateway";
constexpr std::string_view kStorageRole = "storage";
constexpr std::string_view kIntroducerRole = "introducer";

/// \return the code to exit with where the directory is in use already.
std::optional<int> refusedDirectory(Session& session, const std::string& path)
{
    const Result<void> isNew = requireNewDirectory(path);
    if (isNew) return std::nullopt;
    session.console.err(errorText(isNew.error(), session.options.json));
    return isNew.error().code() == ErrorCode::Exists ? kNotEmpty : kFailed;
}

void say(Session& session, const SetupReport& report)
{
    if (session.options.json)
        session.console.out(setupJson(report));
    else if (!session.options.quiet)
        session.console.out(setupText(report));
}

Result<void> writeAll(const node::StateDir& state, const TahoeNodeContents& node,
                      const std::string& config)
{
    TARN_TRY_VOID(state.writePrivateText("secret", asText(node.leaseSecret.view())));
    TARN_TRY_VOID(state.writePrivateText("convergence", asText(node.convergence.view())));
    for (const auto& [name, content] : node.privateFiles) {
        TARN_TRY_VOID(
            node::writeFileBlocking(state.pathOf("private/" + name), content, node::kPrivateFile));
    }
    TARN_TRY_VOID(
        state.writeFile("servers.yaml", node.servers.empty() ? "storage: {}\n" : node.servers));
    if (node.blacklist) TARN_TRY_VOID(state.writeFile("access.blacklist", asText(*node.blacklist)));
    return state.writeFile("gateway.toml", config);
}

} // namespace

Result<int> run(Session& session, const ImportTahoeCommand& command)
{
    const std::string from = absolutePath(command.nodeDirectory);
    const std::string to = absolutePath(session.options.gateway.stateDirectory);
    TARN_TRY(const TahoeNodeContents node, readTahoeNodeBlocking(from));
    TARN_TRY(const std::string config, gatewayConfigText(node.settings));
    if (const std::optional<int> code = refusedDirectory(session, to)) return *code;
    TARN_TRY(const node::StateDir state, node::StateDir::openBlocking(to, kGatewayRole));
    TARN_TRY_VOID(writeAll(state, node, config));
    SetupReport report{"gateway", to, node.notes};
    report.notes.push_back("taken over: " + std::to_string(node.aliasCount) + " aliases, " +
                           std::to_string(node.serverCount) + " servers, the secrets");
    report.notes.emplace_back("the node itself is as it was; only one of both can listen at " +
                              textOf(node.settings.web));
    say(session, report);
    return kOk;
}

Result<int> run(Session& session, const CreateGatewayCommand& command)
{
    const std::string to = absolutePath(
        command.directory.empty() ? session.options.gateway.stateDirectory : command.directory);
    TARN_TRY(const std::string config, gatewayConfigText(command.settings));
    std::string servers = "storage: {}\n";
    if (!command.serversFile.empty()) {
        TARN_TRY(const Bytes text, node::readFileBlocking(command.serversFile, kMaxServersBytes));
        servers = asText(text);
        const Result<ServersFile> parsed = parseServersFile(servers);
        if (!parsed) return parsed.error().within(command.serversFile);
    }
    if (const std::optional<int> code = refusedDirectory(session, to)) return *code;
    TARN_TRY(const node::StateDir state, node::StateDir::openBlocking(to, kGatewayRole));
    TARN_TRY_VOID(state.writeFile("servers.yaml", servers));
    TARN_TRY_VOID(state.writeFile("gateway.toml", config));
    SetupReport report{"gateway", to, {}};
    if (command.serversFile.empty())
        report.notes.push_back("put the announcements of storage servers into " + to +
                               "/servers.yaml");
    say(session, report);
    return kOk;
}

Result<int> run(Session& session, const CreateStorageCommand& command)
{
    const std::string to = absolutePath(
        command.directory.empty() ? session.options.gateway.stateDirectory : command.directory);
    TARN_TRY(const std::string config, storageConfigText(command.settings));
    if (const std::optional<int> code = refusedDirectory(session, to)) return *code;
    TARN_TRY(const node::StateDir state, node::StateDir::openBlocking(to, kStorageRole));
    TARN_TRY_VOID(state.writeFile("storage.toml", config));
    SetupReport report{"storage", to, {}};
    report.notes.emplace_back("with --announcement it prints what gateways need to know of it");
    say(session, report);
    return kOk;
}

Result<int> run(Session& session, const CreateIntroducerCommand& command)
{
    const std::string to = absolutePath(
        command.directory.empty() ? session.options.gateway.stateDirectory : command.directory);
    const std::string config = introducerConfigText(command.settings);
    if (const std::optional<int> code = refusedDirectory(session, to)) return *code;
    TARN_TRY(const node::StateDir state, node::StateDir::openBlocking(to, kIntroducerRole));
    TARN_TRY_VOID(state.writeFile("introducer.toml", config));
    SetupReport report{"introducer", to, {}};
    report.notes.emplace_back("with --introducer-url it prints what servers and gateways need to "
                              "know of it");
    say(session, report);
    return kOk;
}

} // namespace tarn::gateway::cli
