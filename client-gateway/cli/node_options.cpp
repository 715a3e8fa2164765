#include "client-gateway/cli/command_options.h"

#include <CLI/CLI.hpp>

namespace tarn::gateway::cli {

namespace {

void chooseInit(RawCommands& raw)
{
    FriendnetSettings& settings = raw.nodeInit.settings;
    if (!raw.listen.empty()) {
        Result<HostPort> address = parseHostPort(raw.listen);
        if (!address) {
            raw.chosen = misuse("--listen: " + address.error().message());
            return;
        }
        settings.listen = *std::move(address);
    }
    if (!raw.offer.empty()) {
        const Result<std::uint64_t> bytes = parseByteSize(raw.offer);
        if (!bytes) {
            raw.chosen = misuse("--offer: " + bytes.error().message());
            return;
        }
        settings.offer = *bytes;
    }
    raw.chosen = Command(raw.nodeInit);
}

void addInit(CLI::App& node, RawCommands& raw)
{
    CLI::App* init =
        node.add_subcommand("init", "Found a grid: make this machine its first node, and start it");
    init->add_option("--grid", raw.nodeInit.settings.gridName, "The grid's name")->required();
    init->add_option("--nickname", raw.nodeInit.settings.nickname, "How friends see this node")
        ->required();
    init->add_option("--offer", raw.offer,
                     "Room for the shares of all members, such as \"100 GB\"; by default what the "
                     "disk has");
    init->add_option("--listen", raw.listen,
                     "Where friends come in, numeric ADDRESS:PORT (0.0.0.0:0: everywhere, a port "
                     "that stays)");
    init->add_flag("--no-start", raw.nodeInit.noStart, "Say how to start it instead");
    init->callback([&raw] { chooseInit(raw); });
}

} // namespace

void addNodeCommands(CLI::App& app, RawCommands& raw)
{
    CLI::App* node = app.add_subcommand(
        "node", "A node among friends: init, start, status; --state: the user's only one");
    node->require_subcommand(1);
    node->fallthrough();
    addInit(*node, raw);
    CLI::App* start = node->add_subcommand("start", "Start the node where it does not run");
    start->callback([&raw] { raw.chosen = Command(NodeStartCommand()); });
    CLI::App* status = node->add_subcommand("status", "Show what the node is and does");
    status->callback([&raw] { raw.chosen = Command(NodeStatusCommand()); });
}

} // namespace tarn::gateway::cli
