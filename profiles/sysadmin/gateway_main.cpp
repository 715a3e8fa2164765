// tarn-gateway: the web API of a grid. Links its role and core, nothing else.
#include "client-gateway/doctor.h"
#include "client-gateway/service.h"
#include "core/base/config.h"
#include "core/node/daemon.h"
#include "core/node/node_key.h"
#include "core/wire/node_id.h"
#include "profiles/sysadmin/daemon_main.h"

#include <CLI/CLI.hpp>

namespace {

using namespace tarn;
using gateway::ServiceConfig;
using node::ExitCode;
using profiles::DaemonArguments;

constexpr const char* kProgram = "tarn-gateway";

Result<ServiceConfig> readConfig(const DaemonArguments& arguments)
{
    TARN_TRY(ConfigReader reader, readConfigFileBlocking(arguments.config));
    TARN_TRY(ServiceConfig config, gateway::readServiceConfig(std::move(reader)));
    TARN_TRY_VOID(profiles::overrideLog(arguments, config.log));
    return config;
}

Result<std::string> checkedConfig(const DaemonArguments& arguments)
{
    TARN_TRY(const ServiceConfig config, readConfig(arguments));
    return gateway::printedConfig(config);
}

struct Options : DaemonArguments
{
    bool nodeId = false;
};

/// Of a gateway that was never started, made now.
Result<std::string> nodeId(const std::string& state)
{
    constexpr Duration kPatience = std::chrono::seconds(5);
    const auto line = [](const crypto::Ed25519Key& key) {
        return wire::nodeIdOf(key.publicKey()) + "\n";
    };
    const Result<node::StateDir> known = node::StateDir::inspectBlocking(state, gateway::kRole);
    if (known) {
        const Result<crypto::Ed25519Key> key = node::readNodeKey(*known);
        if (key) return line(*key);
        if (key.error().code() != ErrorCode::NotFound) return key.error();
    }
    TARN_TRY(const node::StateDir dir,
             node::StateDir::openBlocking(state, gateway::kRole, kPatience));
    SystemRandom random;
    TARN_TRY(const crypto::Ed25519Key key, node::readOrMakeNodeKey(dir, random));
    return line(key);
}

/// The servers are named where the state directory exists; nothing is made.
Result<std::string> explanation(const DaemonArguments& arguments)
{
    TARN_TRY(const ServiceConfig config, readConfig(arguments));
    std::vector<std::string> servers;
    const Result<node::StateDir> dir =
        node::StateDir::inspectBlocking(arguments.state, gateway::kRole);
    if (dir) {
        TARN_TRY(const std::string yaml,
                 gateway::readServersBlocking(dir->pathOf(config.serversFile)));
        TARN_TRY(servers, gateway::serverLines(yaml, config.outgoing));
    } else if (dir.error().code() != ErrorCode::NotFound) {
        return dir.error();
    }
    return gateway::explained(config, servers);
}

ExitCode doctor(const DaemonArguments& arguments)
{
    SystemClock clock;
    SystemRandom random;
    return profiles::printFindings(arguments,
                                   gateway::examineBlocking(arguments.config, readConfig(arguments),
                                                            arguments.state, clock, random));
}

ExitCode run(const Options& arguments)
{
    if (arguments.doctor) return doctor(arguments);
    if (arguments.nodeId) return node::printOutcome(kProgram, nodeId(arguments.state));
    if (arguments.checkConfig) return node::printOutcome(kProgram, checkedConfig(arguments));
    if (arguments.explain) return node::printOutcome(kProgram, explanation(arguments));
    const auto makeRole = [&arguments](node::DaemonContext& context) {
        return gateway::GatewayService::openBlocking(
            context, arguments.state, [&arguments] { return readConfig(arguments); });
    };
    return node::runDaemon(makeRole, node::DaemonOptions(),
                           node::ServiceManager::fromEnvironment());
}

} // namespace

int main(int argc, char** argv)
{
    Options arguments;
    CLI::App app("Stores and reads files on a Tahoe-LAFS compatible grid, over HTTP.", kProgram);
    profiles::addDaemonOptions(app, arguments, "gateway.toml", "secrets, servers.yaml, spool");
    app.add_flag("--node-id", arguments.nodeId,
                 "print the name of this gateway's key, for accounts on storage servers");
    return profiles::runMain(app, argc, argv, arguments, [&arguments] { return run(arguments); });
}
