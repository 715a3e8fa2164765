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

/// Sets where a server listens and what it announces.  \return whether the usage is right.
template <class Settings>
bool chooseAddresses(RawCommands& raw, Settings& settings)
{
    const Result<HostPort> address = parseHostPort(raw.listen);
    if (!address) {
        raw.chosen = misuse("--listen: " + address.error().message());
        return false;
    }
    settings.listen = *address;
    if (!raw.hostname.empty() && !settings.locations.empty()) {
        raw.chosen = misuse("--hostname cannot be used with --location");
        return false;
    }
    if (!raw.hostname.empty()) {
        settings.locations.push_back("tcp:" + raw.hostname + ":" +
                                     std::to_string(settings.listen.port));
    }
    return true;
}

void addAddresses(CLI::App& create, RawCommands& raw, std::vector<std::string>& locations)
{
    create.add_option("--listen", raw.listen, "Numeric ADDRESS:PORT")->required();
    create.add_option("--hostname", raw.hostname, "The name under which clients reach it");
    create
        .add_option("--location", locations,
                    "Where clients reach it, tcp:HOST:PORT; may be repeated")
        ->expected(1)
        ->take_all();
}

void addCreateStorage(CLI::App& app, RawCommands& raw)
{
    StorageSettings& settings = raw.createStorage.settings;
    CLI::App* create =
        app.add_subcommand("create-storage", "Make the state directory of a storage server");
    create->add_option("DIR,-C,--basedir", raw.createStorage.directory,
                       "A new or empty directory; by default that of -d");
    create->add_option("-n,--nickname", settings.nickname, "Shown to people");
    addAddresses(*create, raw, settings.locations);
    create->add_option("--storage-dir", settings.directory, "Where the shares shall be (storage)");
    create->add_option("--reserved-space", settings.reservedSpace, "Kept free on the disk (1 GB)");
    create->callback([&raw, &settings] {
        if (chooseAddresses(raw, settings)) raw.chosen = Command(raw.createStorage);
    });
}

void addCreateIntroducer(CLI::App& app, RawCommands& raw)
{
    IntroducerSettings& settings = raw.createIntroducer.settings;
    CLI::App* create =
        app.add_subcommand("create-introducer", "Make the state directory of an introducer");
    create->add_option("DIR,-C,--basedir", raw.createIntroducer.directory,
                       "A new or empty directory; by default that of -d");
    create->add_option("-n,--nickname", settings.nickname, "Shown to people");
    addAddresses(*create, raw, settings.locations);
    create
        ->add_option("--peer", settings.peers,
                     "URL of another introducer, tarn-intro://...; may be repeated")
        ->expected(1)
        ->take_all();
    create->callback([&raw, &settings] {
        if (chooseAddresses(raw, settings)) raw.chosen = Command(raw.createIntroducer);
    });
}

} // namespace

void addSetupCommands(CLI::App& app, RawCommands& raw)
{
    addCreateGateway(app, raw);
    addCreateStorage(app, raw);
    addCreateIntroducer(app, raw);
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
