#include "profiles/sysadmin/upkeep_options.h"

#include <CLI/CLI.hpp>

#include <memory>

namespace tarn::profiles {

namespace {

using storage::UpkeepCommand;
using Kind = UpkeepCommand::Kind;
using Chosen = std::optional<UpkeepCommand>;

void addCommand(CLI::App& above, Kind kind, const std::string& name, const std::string& what,
                Chosen& chosen)
{
    CLI::App* const command = above.add_subcommand(name, what);
    const auto json = std::make_shared<bool>(false);
    command->add_flag("--json", *json, "for programs");
    command->callback([json, kind, &chosen] { chosen = UpkeepCommand{kind, *json}; });
}

} // namespace

void addUpkeepCommands(CLI::App& app, Chosen& chosen)
{
    CLI::App* const scrub =
        app.add_subcommand("scrub", "the re-reading of all shares (needs --state only)");
    scrub->require_subcommand(1);
    addCommand(*scrub, Kind::ScrubStatus, "status", "how far it is, and what it found", chosen);
    addCommand(*scrub, Kind::ScrubStart, "start", "begin a round now", chosen);
    CLI::App* const leases =
        app.add_subcommand("leases", "what is leased, and is not there any more (--state only)");
    leases->require_subcommand(1);
    addCommand(*leases, Kind::LeasesStatus, "status", "how many storage indexes", chosen);
    addCommand(*leases, Kind::LeasesForgetMissing, "forget-missing",
               "shares that are missing will not come back: nobody leases them any more", chosen);
    CLI::App* const drain =
        app.add_subcommand("drain", "take no more shares, before the server goes (--state only)");
    drain->require_subcommand(1);
    addCommand(*drain, Kind::DrainOn, "on", "take no new shares and no changes, until off", chosen);
    addCommand(*drain, Kind::DrainOff, "off", "take shares again", chosen);
    addCommand(*drain, Kind::DrainWithdraw, "withdraw",
               "have introducers forget the server, before it stops for good", chosen);
    addCommand(*drain, Kind::DrainStatus, "status", "whether it is on", chosen);
    addCommand(*drain, Kind::DrainList, "list",
               "all shares: storage index, number, kind, bytes, accounts", chosen);
}

} // namespace tarn::profiles
