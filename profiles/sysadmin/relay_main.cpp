// tarn-relay: carries connections between nodes that cannot be connected to. Links its role and
// core, nothing else.
#include "core/base/config.h"
#include "core/node/daemon.h"
#include "introducer/relay/relay_doctor.h"
#include "introducer/relay/relay_service.h"
#include "profiles/sysadmin/daemon_main.h"

#include <CLI/CLI.hpp>

namespace {

using namespace tarn;
using node::ExitCode;
using relay::RelayConfig;

constexpr const char* kProgram = "tarn-relay";

struct Options : profiles::DaemonArguments
{
    bool relayUrl = false;
};

Result<RelayConfig> readConfig(const Options& options)
{
    TARN_TRY(ConfigReader reader, readConfigFileBlocking(options.config));
    TARN_TRY(RelayConfig config, relay::readRelayConfig(std::move(reader)));
    TARN_TRY_VOID(profiles::overrideLog(options, config.log));
    return config;
}

Result<std::string> checkedConfig(const Options& options)
{
    TARN_TRY(const RelayConfig config, readConfig(options));
    return relay::printedConfig(config);
}

Result<std::string> explanation(const Options& options)
{
    TARN_TRY(const RelayConfig config, readConfig(options));
    return relay::explained(config);
}

/// As the last start wrote them; of one that was never started, made now.
Result<std::string> urls(const Options& options)
{
    TARN_TRY(const RelayConfig config, readConfig(options));
    const Result<node::StateDir> known =
        node::StateDir::inspectBlocking(options.state, relay::kRole);
    if (known) {
        Result<std::string> text = known->readFile(relay::kUrlFile);
        if (text) return *text + "\n";
    }
    if (config.listen.port == 0) {
        return Error(ErrorCode::NotFound, "[listen] relay has port 0: the port is known once the "
                                          "relay has been started");
    }
    SystemRandom random;
    TARN_TRY(const node::StateDir dir, node::StateDir::openBlocking(options.state, relay::kRole));
    TARN_TRY(const node::NodeIdentity identity, node::readOrMakeIdentity(dir, random));
    std::string out;
    for (const std::string& url :
         relay::placesOf(identity.key.publicKey(), config, config.listen.port))
        out += url + "\n";
    return out;
}

ExitCode doctor(const Options& options)
{
    SystemClock clock;
    SystemRandom random;
    return profiles::printFindings(
        options,
        relay::examineBlocking(options.config, readConfig(options), options.state, clock, random));
}

ExitCode run(const Options& options)
{
    if (options.doctor) return doctor(options);
    if (options.checkConfig) return node::printOutcome(kProgram, checkedConfig(options));
    if (options.explain) return node::printOutcome(kProgram, explanation(options));
    if (options.relayUrl) return node::printOutcome(kProgram, urls(options));
    const auto makeRole = [&options](node::DaemonContext& context) {
        return relay::RelayService::openBlocking(context, options.state,
                                                 [&options] { return readConfig(options); });
    };
    return node::runDaemon(makeRole, node::DaemonOptions(),
                           node::ServiceManager::fromEnvironment());
}

} // namespace

int main(int argc, char** argv)
{
    Options options;
    CLI::App app("Carries connections between nodes that cannot be connected to.", kProgram);
    profiles::addDaemonOptions(app, options, "relay.toml", "key, what was carried");
    app.add_flag("--relay-url", options.relayUrl,
                 "print what nodes put into [relay] relays of their configuration");
    return profiles::runMain(app, argc, argv, options, [&options] { return run(options); });
}
