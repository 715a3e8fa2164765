// tarn-gateway: the web API of a grid. Links its role and core, nothing else.
#include "client-gateway/service.h"
#include "core/base/config.h"
#include "core/base/log.h"
#include "core/node/daemon.h"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <string>

namespace {

using namespace tarn;
using gateway::ServiceConfig;
using node::ExitCode;

struct Options
{
    std::string config;
    std::string state;
    std::string logLevel = "info";
    std::string logFormat = "text";
    bool checkConfig = false;
    bool explain = false;
};

ExitCode fail(const Error& error)
{
    std::fprintf(stderr, "tarn-gateway: %s\n", error.message().c_str());
    return error.code() == ErrorCode::InvalidInput ? ExitCode::BadUsage : ExitCode::Failed;
}

Result<ServiceConfig> readConfig(const Options& options)
{
    TARN_TRY(ConfigReader reader, readConfigFileBlocking(options.config));
    return gateway::readServiceConfig(std::move(reader));
}

Result<std::string> checkedConfig(const Options& options)
{
    TARN_TRY(const ServiceConfig config, readConfig(options));
    return gateway::printedConfig(config);
}

/// The servers are named where the state directory exists; nothing is made.
Result<std::string> explanation(const Options& options)
{
    TARN_TRY(const ServiceConfig config, readConfig(options));
    std::vector<std::string> servers;
    const Result<node::StateDir> dir =
        node::StateDir::inspectBlocking(options.state, gateway::kRole);
    if (dir) {
        TARN_TRY(const std::string yaml,
                 gateway::readServersBlocking(dir->pathOf(config.serversFile)));
        TARN_TRY(servers, gateway::serverLines(yaml));
    } else if (dir.error().code() != ErrorCode::NotFound) {
        return dir.error();
    }
    return gateway::explained(config, servers);
}

ExitCode printed(const Result<std::string>& text)
{
    if (!text) return fail(text.error());
    std::fwrite(text->data(), 1, text->size(), stdout);
    return ExitCode::Ok;
}

ExitCode serve(const Options& options)
{
    const auto makeRole = [&options](node::DaemonContext& context) {
        return gateway::GatewayService::openBlocking(context, options.state,
                                                     [&options] { return readConfig(options); });
    };
    return node::runDaemon(makeRole, node::DaemonOptions(),
                           node::ServiceManager::fromEnvironment());
}

ExitCode run(const Options& options)
{
    const Result<log::Level> level = node::parseLogLevel(options.logLevel);
    const Result<log::Format> format = node::parseLogFormat(options.logFormat);
    if (!level) return fail(level.error().within("--log-level"));
    if (!format) return fail(format.error().within("--log-format"));
    log::configure(*level, *format);
    if (options.checkConfig) return printed(checkedConfig(options));
    if (options.explain) return printed(explanation(options));
    return serve(options);
}

void describe(CLI::App& app, Options& options)
{
    app.set_version_flag("--version", "tarn-gateway " TARN_VERSION);
    app.add_option("--config", options.config, "configuration file (gateway.toml)")
        ->required()
        ->type_name("FILE");
    app.add_option("--state", options.state, "state directory: secrets, servers.yaml, spool")
        ->required()
        ->type_name("DIR");
    app.add_flag("--check-config", options.checkConfig,
                 "read the configuration, print what it comes to, and exit");
    app.add_flag("--explain", options.explain,
                 "print listeners, announced addresses, outbound connections and timers");
    app.add_option("--log-level", options.logLevel, "trace, debug, info, warning or error")
        ->capture_default_str();
    app.add_option("--log-format", options.logFormat, "text or json")->capture_default_str();
}

} // namespace

int main(int argc, char** argv)
{
    Options options;
    CLI::App app("Stores and reads files on a Tahoe-LAFS compatible grid, over HTTP.",
                 "tarn-gateway");
    try {
        describe(app, options);
        app.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
        const int code = app.exit(e);
        return code == 0 ? 0 : static_cast<int>(ExitCode::BadUsage);
    }
    return static_cast<int>(run(options));
}
