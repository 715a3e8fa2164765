// tarn-introducer: tells gateways of storage servers. Links its role and core, nothing else.
#include "core/base/config.h"
#include "core/node/daemon.h"
#include "core/node/record_file.h"
#include "introducer/doctor.h"
#include "introducer/service.h"
#include "profiles/sysadmin/daemon_main.h"

#include <CLI/CLI.hpp>

namespace {

using namespace tarn;
using introducer::ServiceConfig;
using node::ExitCode;

constexpr const char* kProgram = "tarn-introducer";

struct Options : profiles::DaemonArguments
{
    bool introducerUrl = false;
    bool exportServers = false;
};

Result<ServiceConfig> readConfig(const Options& options)
{
    TARN_TRY(ConfigReader reader, readConfigFileBlocking(options.config));
    TARN_TRY(ServiceConfig config, introducer::readServiceConfig(std::move(reader)));
    TARN_TRY_VOID(profiles::overrideLog(options, config.log));
    return config;
}

Result<std::string> checkedConfig(const Options& options)
{
    TARN_TRY(const ServiceConfig config, readConfig(options));
    return introducer::printedConfig(config);
}

Result<std::string> explanation(const Options& options)
{
    TARN_TRY(const ServiceConfig config, readConfig(options));
    return introducer::explained(config);
}

/// As the last start wrote them; of one that was never started, made now.
Result<std::string> urls(const Options& options)
{
    TARN_TRY(const ServiceConfig config, readConfig(options));
    const Result<node::StateDir> known =
        node::StateDir::inspectBlocking(options.state, introducer::kRole);
    if (known) {
        Result<std::string> text = known->readFile(introducer::kUrlFile);
        if (text) return *text + "\n";
    }
    if (config.listen.port == 0) {
        return Error(ErrorCode::NotFound, "[listen] introducer has port 0: the port is known once "
                                          "the introducer has been started");
    }
    SystemRandom random;
    TARN_TRY(const node::StateDir dir,
             node::StateDir::openBlocking(options.state, introducer::kRole));
    TARN_TRY(const node::NodeIdentity identity, node::readOrMakeIdentity(dir, random));
    std::string out;
    for (const std::string& url : introducer::urlsOf(identity, config, config.listen.port))
        out += url + "\n";
    return out;
}

Result<std::string> servers(const Options& options)
{
    TARN_TRY(const node::StateDir dir,
             node::StateDir::inspectBlocking(options.state, introducer::kRole));
    TARN_TRY(gossip::RecordArchive archive,
             node::readRecordsBlocking(dir.pathOf(introducer::kRecordsFile)));
    const std::int64_t now = unixSeconds(SystemClock().wallNow());
    std::erase_if(archive.records, [now](const gossip::RecordPtr& record) {
        return record->content().expires <= now;
    });
    return introducer::serversYamlOf(archive.records);
}

ExitCode doctor(const Options& options)
{
    SystemClock clock;
    SystemRandom random;
    return profiles::printFindings(options,
                                   introducer::examineBlocking(options.config, readConfig(options),
                                                               options.state, clock, random));
}

ExitCode run(const Options& options)
{
    if (options.doctor) return doctor(options);
    if (options.checkConfig) return node::printOutcome(kProgram, checkedConfig(options));
    if (options.explain) return node::printOutcome(kProgram, explanation(options));
    if (options.introducerUrl) return node::printOutcome(kProgram, urls(options));
    if (options.exportServers) return node::printOutcome(kProgram, servers(options));
    const auto makeRole = [&options](node::DaemonContext& context) {
        return introducer::IntroducerService::openBlocking(
            context, options.state, [&options] { return readConfig(options); });
    };
    return node::runDaemon(makeRole, node::DaemonOptions(),
                           node::ServiceManager::fromEnvironment());
}

} // namespace

int main(int argc, char** argv)
{
    Options options;
    CLI::App app("Tells the gateways of a grid which storage servers there are.", kProgram);
    profiles::addDaemonOptions(app, options, "introducer.toml", "key, announcements");
    app.add_flag("--introducer-url", options.introducerUrl,
                 "print what servers and gateways put into their configuration");
    app.add_flag("--export-servers", options.exportServers,
                 "print the announced servers as a servers.yaml (it may hold credentials)");
    return profiles::runMain(app, argc, argv, options, [&options] { return run(options); });
}
