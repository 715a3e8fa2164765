// tarn-node: a friendnet node: storage, gateway and the way to friends in one process.
#include "core/base/log_config.h"
#include "core/node/daemon.h"
#include "profiles/friendnet/node_service.h"

#include <CLI/CLI.hpp>

namespace {

using namespace tarn;
using node::ExitCode;
using profiles::NodeConfig;

constexpr const char* kProgram = "tarn-node";

struct Options
{
    std::string state;
    std::string logLevel;  ///< empty: as configured
    std::string logFormat; ///< empty: as configured
    bool checkConfig = false;
    bool explain = false;
};

/// What the command line says of the log takes the place of what the file says.
Result<void> overrideLog(const Options& options, log::Settings& settings)
{
    if (!options.logLevel.empty()) {
        Result<log::Level> level = parseLogLevel(options.logLevel);
        if (!level) return std::move(level).error().within("--log-level");
        settings.level = *level;
    }
    if (!options.logFormat.empty()) {
        Result<log::Format> format = parseLogFormat(options.logFormat);
        if (!format) return std::move(format).error().within("--log-format");
        settings.format = *format;
    }
    return ok();
}

Result<NodeConfig> readConfig(const Options& options)
{
    TARN_TRY(ConfigReader reader,
             readConfigFileBlocking(options.state + "/" + std::string(profiles::kNodeConfig)));
    TARN_TRY(NodeConfig config, profiles::readNodeConfig(std::move(reader)));
    TARN_TRY_VOID(overrideLog(options, config.log));
    return config;
}

Result<std::string> checkedConfig(const Options& options)
{
    TARN_TRY(const NodeConfig config, readConfig(options));
    return profiles::printedConfig(config);
}

Result<std::string> explanation(const Options& options)
{
    TARN_TRY(const NodeConfig config, readConfig(options));
    return profiles::explained(config);
}

ExitCode serve(const Options& options)
{
    const auto makeRole = [&options](node::DaemonContext& context) {
        return profiles::NodeService::openBlocking(context, options.state,
                                                   [&options] { return readConfig(options); });
    };
    return node::runDaemon(makeRole, node::DaemonOptions(),
                           node::ServiceManager::fromEnvironment());
}

ExitCode run(const Options& options)
{
    if (options.checkConfig) return node::printOutcome(kProgram, checkedConfig(options));
    if (options.explain) return node::printOutcome(kProgram, explanation(options));
    return serve(options);
}

void addOptions(CLI::App& app, Options& options)
{
    app.set_version_flag("--version", std::string(kProgram) + " " TARN_VERSION);
    app.add_option("--state", options.state,
                   "state directory: node.toml, keys, shares (`tarn node init` makes one)")
        ->required()
        ->type_name("DIR");
    app.add_flag("--check-config", options.checkConfig,
                 "read the configuration, print what it comes to, and exit");
    app.add_flag("--explain", options.explain,
                 "print listeners, announced addresses, outbound connections and timers");
    app.add_option("--log-level", options.logLevel,
                   "trace, debug, info, warning or error; instead of [log] level");
    app.add_option("--log-format", options.logFormat, "text or json; instead of [log] format");
}

} // namespace

int main(int argc, char** argv)
{
    Options options;
    CLI::App app("A node among friends: keeps their shares and stores files with them.", kProgram);
    addOptions(app, options);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
        const int code = app.exit(e);
        return static_cast<int>(code == 0 ? ExitCode::Ok : ExitCode::BadUsage);
    }
    log::Settings settings; // until the configuration is read
    const Result<void> usable = overrideLog(options, settings);
    if (!usable) return static_cast<int>(node::printFailure(kProgram, usable.error()));
    log::configure(settings);
    return static_cast<int>(run(options));
}
