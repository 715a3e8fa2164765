#include "profiles/sysadmin/daemon_main.h"

#include "core/base/log.h"
#include "core/node/daemon.h"

#include <CLI/CLI.hpp>

namespace tarn::profiles {

namespace {

Result<void> configureLog(const DaemonArguments& arguments)
{
    const Result<log::Level> level = node::parseLogLevel(arguments.logLevel);
    if (!level) return level.error().within("--log-level");
    const Result<log::Format> format = node::parseLogFormat(arguments.logFormat);
    if (!format) return format.error().within("--log-format");
    log::configure(*level, *format);
    return ok();
}

std::string notEmpty(const std::string& text)
{
    return text.empty() ? "expected a path, got \"\"" : "";
}

} // namespace

void addDaemonOptions(CLI::App& app, DaemonArguments& arguments, const std::string& configName,
                      const std::string& stateHolds)
{
    app.set_version_flag("--version", app.get_name() + " " TARN_VERSION);
    app.add_option("--config", arguments.config, "configuration file (" + configName + ")")
        ->required()
        ->type_name("FILE")
        ->check(notEmpty);
    app.add_option("--state", arguments.state, "state directory: " + stateHolds)
        ->required()
        ->type_name("DIR")
        ->check(notEmpty);
    app.add_flag("--check-config", arguments.checkConfig,
                 "read the configuration, print what it comes to, and exit");
    app.add_flag("--explain", arguments.explain,
                 "print listeners, announced addresses, outbound connections and timers");
    app.add_option("--log-level", arguments.logLevel, "trace, debug, info, warning or error")
        ->capture_default_str();
    app.add_option("--log-format", arguments.logFormat, "text or json")->capture_default_str();
}

int runMain(CLI::App& app, int argc, char** argv, const DaemonArguments& arguments,
            const std::function<node::ExitCode()>& run)
{
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
        const int code = app.exit(e);
        return static_cast<int>(code == 0 ? node::ExitCode::Ok : node::ExitCode::BadUsage);
    }
    const Result<void> log = configureLog(arguments);
    return static_cast<int>(log ? run() : node::printFailure(app.get_name(), log.error()));
}

} // namespace tarn::profiles
