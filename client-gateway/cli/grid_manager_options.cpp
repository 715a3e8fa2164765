#include "client-gateway/cli/command_options.h"

#include <CLI/CLI.hpp>

namespace tarn::gateway::cli {

namespace {

using Action = GridManagerCommand::Action;

constexpr int kMostDays = 5 * 365; // as grid-manager

CLI::App* addAction(CLI::App& manager, RawCommands& raw, Action action, const char* name,
                    const char* help)
{
    CLI::App* out = manager.add_subcommand(name, help);
    out->callback([&raw, action] {
        raw.gridManager.action = action;
        raw.chosen = Command(raw.gridManager);
    });
    return out;
}

void addName(CLI::App& action, RawCommands& raw)
{
    action.add_option("NAME", raw.gridManager.name, "The storage server's name here")->required();
}

} // namespace

void addGridManagerCommand(CLI::App& app, RawCommands& raw)
{
    CLI::App* manager = app.add_subcommand(
        kGridManagerCommand, "Certificates for storage servers: who may be given new shares");
    manager->require_subcommand(1);
    manager
        ->add_option("-c,--config", raw.gridManager.folder,
                     "Directory of the grid manager; - is standard input and output")
        ->required();
    addAction(*manager, raw, Action::Create, "create", "Make a grid manager with a new key");
    addAction(*manager, raw, Action::PublicIdentity, "public-identity",
              "Print the public key, for the [grid_managers] of gateways");
    CLI::App* add = addAction(*manager, raw, Action::Add, "add", "Name a storage server");
    addName(*add, raw);
    add->add_option("PUBLIC_KEY", raw.gridManager.publicKey, "Its pub-v0-...")->required();
    CLI::App* remove = addAction(*manager, raw, Action::Remove, "remove",
                                 "Forget a storage server and delete its certificates");
    addName(*remove, raw);
    addAction(*manager, raw, Action::List, "list", "List storage servers and certificates");
    CLI::App* sign =
        addAction(*manager, raw, Action::Sign, "sign", "Print and keep a new certificate");
    addName(*sign, raw);
    sign->add_option("EXPIRY_DAYS", raw.gridManager.days, "Valid so long, 1 to 1825")
        ->required()
        ->check(CLI::Range(1, kMostDays));
}

} // namespace tarn::gateway::cli
