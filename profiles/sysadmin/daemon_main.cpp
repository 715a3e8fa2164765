#include "profiles/sysadmin/daemon_main.h"

#include "core/base/log_config.h"
#include "core/node/daemon.h"

#include <CLI/CLI.hpp>

#include <cstdio>

namespace tarn::profiles {

namespace {

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
    CLI::App* const doctor = app.add_subcommand(
        "doctor", "look for what is wrong around it, and say what to do; changes nothing");
    doctor->fallthrough(); // --config and --state may stand behind it
    doctor->add_flag("--json", arguments.json, "for programs");
    doctor->callback([&arguments] { arguments.doctor = true; });
    app.add_option("--log-level", arguments.logLevel,
                   "trace, debug, info, warning or error; instead of [log] level");
    app.add_option("--log-format", arguments.logFormat, "text or json; instead of [log] format");
}

node::ExitCode printFindings(const DaemonArguments& arguments,
                             const node::doctor::Findings& findings)
{
    const std::string text =
        arguments.json ? node::doctor::jsonOf(findings) : node::doctor::reportOf(findings);
    std::fwrite(text.data(), 1, text.size(), stdout);
    return node::doctor::allWell(findings) ? node::ExitCode::Ok : node::ExitCode::Failed;
}

Result<void> overrideLog(const DaemonArguments& arguments, log::Settings& settings)
{
    if (!arguments.logLevel.empty()) {
        Result<log::Level> level = parseLogLevel(arguments.logLevel);
        if (!level) return std::move(level).error().within("--log-level");
        settings.level = *level;
    }
    if (!arguments.logFormat.empty()) {
        Result<log::Format> format = parseLogFormat(arguments.logFormat);
        if (!format) return std::move(format).error().within("--log-format");
        settings.format = *format;
    }
    return ok();
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
    log::Settings settings; // until the configuration is read
    const Result<void> usable = overrideLog(arguments, settings);
    if (!usable) return static_cast<int>(node::printFailure(app.get_name(), usable.error()));
    if (arguments.doctor) settings.level = log::Level::Error; // it says itself what failed
    log::configure(settings);
    return static_cast<int>(run());
}

} // namespace tarn::profiles
