#include "client-gateway/cli/command_options.h"

#include <CLI/CLI.hpp>

namespace tarn::gateway::cli {

namespace {

CLI::App* addChecker(CLI::App& app, RawCommands& raw, const char* name, const char* help)
{
    CLI::App* check = app.add_subcommand(name, help);
    check->add_option("REMOTE", raw.operands, "Capabilities or paths; nothing: tahoe:");
    check->add_option("--cap-file", raw.capFile,
                      "Read the capability from this file (- is standard input), so that it does "
                      "not appear in the list of processes");
    check->add_flag("--raw", raw.check.raw, "Print the gateway's JSON");
    check->add_flag("--verify", raw.check.verify, "Read and check every byte of every share");
    check->add_flag("--repair", raw.check.repair, "Make missing shares anew");
    check->add_flag("--add-lease", raw.check.addLease, "Renew the lease on every share found");
    check->add_flag("-v,--verbose", raw.check.verbose, "A line for every object");
    return check;
}

std::vector<RemoteSource> sourcesOf(const RawCommands& raw)
{
    std::vector<RemoteSource> sources;
    if (!raw.capFile.empty()) sources.push_back(RemoteSource{{}, raw.capFile});
    for (const std::string& operand : raw.operands)
        sources.push_back(operand == "-" ? RemoteSource{{}, "-"} : RemoteSource{operand, {}});
    return sources;
}

void chooseManifest(RawCommands& raw)
{
    using Show = ManifestCommand::Show;
    if (raw.repairCap) raw.manifest.show = Show::RepairCap;
    if (raw.verifyCap) raw.manifest.show = Show::VerifyCap;
    if (raw.storageIndex) raw.manifest.show = Show::StorageIndex;
    raw.chosen = Command(raw.manifest);
}

} // namespace

void addCareCommands(CLI::App& app, RawCommands& raw)
{
    addChecker(app, raw, "check", "Look where the shares of a file or directory are")
        ->callback([&raw] {
            raw.chosen = Command(CheckCommand{raw.check, sourcesOf(raw)});
        });
    addChecker(app, raw, "deep-check", "Check everything below a directory")->callback([&raw] {
        raw.chosen = Command(DeepCheckCommand{raw.check, sourcesOf(raw)});
    });

    CLI::App* manifest = app.add_subcommand("manifest", "List everything below a directory");
    manifest->add_option("REMOTE", raw.manifest.remote, "Nothing: tahoe:");
    manifest->add_flag("-s,--storage-index", raw.storageIndex, "Only storage indices");
    manifest->add_flag("--verify-cap", raw.verifyCap, "Only verify capabilities");
    manifest->add_flag("--repair-cap", raw.repairCap, "Only repair capabilities");
    manifest->add_flag("-r,--raw", raw.manifest.raw, "The gateway's JSON, one object per line");
    manifest->callback([&raw] { chooseManifest(raw); });

    CLI::App* stats = app.add_subcommand("stats", "Count everything below a directory");
    stats->add_option("REMOTE", raw.stats.remote, "Nothing: tahoe:");
    stats->add_flag("-r,--raw", raw.stats.raw, "The gateway's JSON");
    stats->callback([&raw] { raw.chosen = Command(raw.stats); });

    CLI::App* status = app.add_subcommand("status", "Show the gateway's servers and transfers");
    status->add_flag("-v,--verbose", raw.status.verbose, "Operations on mutable files as well");
    status->callback([&raw] { raw.chosen = Command(raw.status); });

    CLI::App* doctor = app.add_subcommand(
        "doctor", "Look for what is wrong around the gateway of -d, and say what to do");
    doctor->add_option("--config", raw.doctor.configFile,
                       "Its configuration; by default gateway.toml of -d, else of /etc/tarn");
    doctor->callback([&raw] { raw.chosen = Command(raw.doctor); });

    CLI::App* drain = app.add_subcommand(
        "drain-check", "Say what a server that is emptied has and no other server of the gateway");
    drain->add_option("FILE", raw.drainCheck.file,
                      "Output of `tarn-storage drain list --json`; by default standard input");
    drain->add_option(
        "--server", raw.drainCheck.server,
        "Id of that server, where the gateway knows it by another than the list says");
    drain->callback([&raw] { raw.chosen = Command(raw.drainCheck); });
}

} // namespace tarn::gateway::cli
