#include "client-gateway/cli/command_options.h"

#include <CLI/CLI.hpp>

namespace tarn::gateway::cli {

namespace {

void chooseGateway(RawCommands& raw)
{
    const Result<HostPort> address = webAddressOf(raw.webPort);
    if (!address) {
        raw.chosen = misuse("--webport: " + address.error().message());
        return;
    }
    raw.createGateway.settings.web = *address;
    raw.chosen = Command(raw.createGateway);
}

void addCreateGateway(CLI::App& app, RawCommands& raw)
{
    GatewaySettings& settings = raw.createGateway.settings;
    CLI::App* create =
        app.add_subcommand("create-gateway", "Make the state directory of a gateway");
    create->alias("create-client");
    create->add_option("DIR,-C,--basedir", raw.createGateway.directory,
                       "A new or empty directory; by default that of -d");
    create->add_option("-n,--nickname", settings.nickname, "Shown to people");
    create->add_option("-p,--webport", raw.webPort, "Where it listens (127.0.0.1:3456)");
    create->add_option("--shares-needed", settings.needed, "Shares needed to read (3)");
    create->add_option("--shares-happy", settings.happy, "Servers needed to store (7)");
    create->add_option("--shares-total", settings.total, "Shares made (10)");
    create->add_option("--servers", raw.createGateway.serversFile,
                       "The storage servers: a servers.yaml to copy");
    create->callback([&raw] { chooseGateway(raw); });
}

void chooseStorage(RawCommands& raw)
{
    StorageSettings& settings = raw.createStorage.settings;
    const Result<HostPort> address = parseHostPort(raw.listen);
    if (!address) {
        raw.chosen = misuse("--listen: " + address.error().message());
        return;
    }
    settings.listen = *address;
    if (!raw.hostname.empty() && !settings.locations.empty()) {
        raw.chosen = misuse("--hostname cannot be used with --location");
        return;
    }
    if (!raw.hostname.empty()) {
        settings.locations.push_back("tcp:" + raw.hostname + ":" +
                                     std::to_string(settings.listen.port));
    }
    raw.chosen = Command(raw.createStorage);
}

void addCreateStorage(CLI::App& app, RawCommands& raw)
{
    StorageSettings& settings = raw.createStorage.settings;
    CLI::App* create =
        app.add_subcommand("create-storage", "Make the state directory of a storage server");
    create->add_option("DIR,-C,--basedir", raw.createStorage.directory,
                       "A new or empty directory; by default that of -d");
    create->add_option("-n,--nickname", settings.nickname, "Shown to people");
    create->add_option("--listen", raw.listen, "Numeric ADDRESS:PORT")->required();
    create->add_option("--hostname", raw.hostname, "The name under which clients reach it");
    create
        ->add_option("--location", settings.locations,
                     "Where clients reach it, tcp:HOST:PORT; may be repeated")
        ->expected(1)
        ->take_all();
    create->add_option("--storage-dir", settings.directory, "Where the shares shall be (storage)");
    create->add_option("--reserved-space", settings.reservedSpace, "Kept free on the disk (1 GB)");
    create->callback([&raw] { chooseStorage(raw); });
}

} // namespace

void addSetupCommands(CLI::App& app, RawCommands& raw)
{
    addCreateGateway(app, raw);
    addCreateStorage(app, raw);
    CLI::App* takeOver = app.add_subcommand(
        "import-tahoe", "Make a gateway's state directory (-d) of a Tahoe-LAFS node's");
    takeOver->add_option("NODEDIR", raw.importTahoe.nodeDirectory, "The node; it is only read")
        ->required();
    takeOver->callback([&raw] { raw.chosen = Command(raw.importTahoe); });

    CLI::App* completion = app.add_subcommand("completion", "Print a script for a shell's Tab key");
    completion->add_option("SHELL", raw.completion.shell, "bash, zsh or fish")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish"}));
    completion->callback([&raw] { raw.chosen = Command(raw.completion); });
}

} // namespace tarn::gateway::cli
