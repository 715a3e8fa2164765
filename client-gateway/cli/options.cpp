#include "client-gateway/cli/options.h"

#include "client-gateway/cli/command_options.h"
#include "client-gateway/cli/printable.h"

#include <CLI/CLI.hpp>

#include <algorithm>

namespace tarn::gateway::cli {

namespace {

constexpr const char* kDefaultState = "/var/lib/tarn/gateway";

struct RawGlobals
{
    std::string gateway;
    std::string state;
    std::string directoryCap;
    bool json = false;
    bool quiet = false;
    bool progress = false;
};

void addGlobals(CLI::App& app, RawGlobals& raw)
{
    app.set_version_flag("-V,--version", "tarn " TARN_VERSION);
    app.add_option(
        "-d,--node-directory,--state", raw.state,
        "State directory of the gateway or node (TARN_STATE; else the user's only node, or "
        "/var/lib/tarn/gateway)");
    app.add_option("-u,--node-url,--gateway", raw.gateway,
                   "URL of the gateway, http://127.0.0.1:3456 or https://192.0.2.7");
    app.add_option("--dir-cap", raw.directoryCap, "Directory that tahoe: means");
    app.add_flag("--json", raw.json, "Results and errors as JSON");
    app.add_flag("-q,--quiet", raw.quiet, "Nothing on standard output, no progress, only errors");
    app.add_flag("--progress", raw.progress, "Progress also where there is no terminal");
    app.footer("Exit codes: 0 done, 1 failed or wrong usage; ls, mv and status know others: see "
               "the manual, tarn(1).");
    app.fallthrough();
    app.require_subcommand(1);
}

Options optionsOf(const RawGlobals& raw, const std::string& environmentState)
{
    Options options;
    if (!raw.gateway.empty()) options.gateway.url = raw.gateway;
    options.gateway.stateDirectory = raw.state;
    options.gateway.stateNamed = !raw.state.empty() || !environmentState.empty();
    if (raw.state.empty())
        options.gateway.stateDirectory =
            environmentState.empty() ? kDefaultState : environmentState;
    options.directoryCap = raw.directoryCap;
    options.json = raw.json;
    options.quiet = raw.quiet;
    options.progress = raw.progress;
    return options;
}

void addAll(CLI::App& app, RawGlobals& globals, RawCommands& raw)
{
    addGlobals(app, globals);
    addTransferCommands(app, raw);
    addBackupCommand(app, raw);
    addNameCommands(app, raw);
    addCareCommands(app, raw);
    addSetupCommands(app, raw);
    addGridManagerCommand(app, raw);
    addNodeCommands(app, raw);
    addInviteCommands(app, raw);
    addMemberCommands(app, raw);
    addPlacementCommands(app, raw);
    addLinkCommands(app, raw);
}

// CLI11 splits an argument "[a,b]" of an option that may be repeated into "a" and "b". It does not
// see the bracket at the end behind a mark, which every option takes off again.
constexpr char kMark = '\x01';

void hideBrackets(std::vector<std::string>& arguments)
{
    for (std::string& argument : arguments) {
        const bool ends = argument.ends_with(']') || argument.ends_with(kMark);
        if (argument.starts_with('[') && ends) argument += kMark;
    }
}

void showBrackets(CLI::App& app)
{
    const auto takeOff = [](std::string& value) {
        if (value.starts_with('[') && value.ends_with(kMark)) value.pop_back();
        return std::string();
    };
    for (CLI::Option* option : app.get_options())
        option->transform(CLI::Validator(takeOff, ""));
    for (CLI::App* below : app.get_subcommands([](const CLI::App*) { return true; }))
        showBrackets(*below);
}

std::string mistakeOf(const CLI::App& app, const CLI::ParseError& error)
{
    const std::vector<std::string> unknown = app.remaining();
    if (!app.get_subcommands().empty() || unknown.empty()) return error.what();
    return "there is no command '" + printable(unknown.front()) + "'";
}

bool isForGridManager(const CLI::App& app)
{
    const auto chosen = app.get_subcommands();
    return !chosen.empty() && chosen.front()->get_name() == kGridManagerCommand;
}

OptionShape shapeOf(const CLI::Option& option)
{
    OptionShape shape;
    for (const std::string& name : option.get_snames())
        shape.names.push_back("-" + name);
    for (const std::string& name : option.get_lnames())
        shape.names.push_back("--" + name);
    shape.help = option.get_description();
    shape.takesValue = option.get_items_expected_max() > 0;
    return shape;
}

CommandShape shapeOf(const CLI::App& app)
{
    CommandShape shape;
    shape.name = app.get_name();
    shape.help = app.get_description();
    for (const CLI::Option* option : app.get_options()) {
        if (option->nonpositional()) shape.options.push_back(shapeOf(*option));
    }
    for (const CLI::App* below : app.get_subcommands([](const CLI::App*) { return true; }))
        shape.subcommands.push_back(shapeOf(*below));
    return shape;
}

} // namespace

CommandShape programShape()
{
    RawGlobals globals;
    RawCommands raw;
    CLI::App app("", "tarn");
    addAll(app, globals, raw);
    return shapeOf(app);
}

std::variant<Options, Stop> parseOptions(std::vector<std::string> arguments,
                                         const std::string& environmentState)
{
    RawGlobals globals;
    RawCommands raw;
    CLI::App app("Stores files on a grid through a gateway and reads them back.", "tarn");
    addAll(app, globals, raw);

    const bool json = std::find(arguments.begin(), arguments.end(), "--json") != arguments.end();
    const auto stopAt = [&](Stop stop) {
        stop.json = json;
        return stop;
    };
    hideBrackets(arguments);
    showBrackets(app);
    std::reverse(arguments.begin(), arguments.end()); // the order CLI11 takes
    try {
        app.parse(std::move(arguments));
    } catch (const CLI::Success& success) {
        const bool version = dynamic_cast<const CLI::CallForVersion*>(&success) != nullptr;
        return Stop{kOk, true, false,
                    version ? app.version() + "\n" : app.help("", CLI::AppFormatMode::Normal)};
    } catch (const CLI::ParseError& error) {
        Stop stop = misuse(mistakeOf(app, error));
        if (isForGridManager(app)) stop.exitCode = kBadGridManagerUsage;
        return stopAt(std::move(stop));
    }
    if (auto* stop = std::get_if<Stop>(&raw.chosen)) return stopAt(std::move(*stop));
    auto* command = std::get_if<Command>(&raw.chosen);
    if (!command) return stopAt(misuse("a command is missing"));
    Options options = optionsOf(globals, environmentState);
    options.command = std::move(*command);
    return options;
}

} // namespace tarn::gateway::cli
