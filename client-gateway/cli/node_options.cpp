#include "client-gateway/cli/command_options.h"

#include <CLI/CLI.hpp>

#include <optional>

namespace tarn::gateway::cli {

namespace {

/// \return the mistake, if there is one.
std::optional<Stop> readSettings(const RawCommands& raw, FriendnetSettings& settings)
{
    if (!raw.listen.empty()) {
        Result<HostPort> address = parseHostPort(raw.listen);
        if (!address) return misuse("--listen: " + address.error().message());
        settings.listen = *std::move(address);
    }
    if (!raw.offer.empty()) {
        const Result<std::uint64_t> bytes = parseByteSize(raw.offer);
        if (!bytes) return misuse("--offer: " + bytes.error().message());
        settings.offer = *bytes;
    }
    return std::nullopt;
}

template <class SomeCommand>
void choose(RawCommands& raw, SomeCommand& command)
{
    std::optional<Stop> mistake = readSettings(raw, command.settings);
    if (mistake)
        raw.chosen = *std::move(mistake);
    else
        raw.chosen = Command(command);
}

void addSettings(CLI::App& command, RawCommands& raw, FriendnetSettings& settings)
{
    command.add_option("--nickname", settings.nickname, "How friends see this node")->required();
    command.add_option("--offer", raw.offer,
                       "Room for the shares of all members, such as \"100 GB\"; by default what "
                       "the disk has");
    command.add_option("--listen", raw.listen,
                       "Where friends come in, numeric ADDRESS:PORT (0.0.0.0:0: everywhere, a port "
                       "that stays)");
}

void addInit(CLI::App& node, RawCommands& raw)
{
    CLI::App* init =
        node.add_subcommand("init", "Found a grid: make this machine its first node, and start it");
    init->add_option("--grid", raw.nodeInit.settings.gridName, "The grid's name")->required();
    addSettings(*init, raw, raw.nodeInit.settings);
    init->add_flag("--no-start", raw.nodeInit.noStart, "Say how to start it instead");
    init->callback([&raw] { choose(raw, raw.nodeInit); });
}

void addJoin(CLI::App& app, RawCommands& raw)
{
    CLI::App* join = app.add_subcommand(
        "join",
        "Join a friend's grid with an invite: make this machine a node of it, start it, and "
        "wait until it is let in");
    join->add_option("LINK", raw.join.link,
                     "tarn://join/1#...; -: on standard input, which no "
                     "process list shows")
        ->required();
    addSettings(*join, raw, raw.join.settings);
    join->add_flag("--no-wait", raw.join.noWait, "Only start it");
    join->callback([&raw] { choose(raw, raw.join); });
}

void chooseRelay(RawCommands& raw, RelayCommand::Action action)
{
    raw.relay.action = action;
    if (!raw.limit.empty()) {
        const Result<std::uint64_t> bytes = parseByteSize(raw.limit);
        if (!bytes) {
            raw.chosen = misuse("--budget: " + bytes.error().message());
            return;
        }
        raw.relay.budget = *bytes;
    }
    raw.chosen = Command(raw.relay);
}

void addRelay(CLI::App& app, RawCommands& raw)
{
    CLI::App* relay = app.add_subcommand(
        "relay", "Carry connections between members who cannot be connected to: on, off, status");
    relay->require_subcommand(1);
    relay->fallthrough();
    using Action = RelayCommand::Action;
    CLI::App* on = relay->add_subcommand("on", "Carry them from now on, encrypted end to end");
    on->add_option("--budget", raw.limit,
                   "At most so much a month, such as \"100 GB\"; by default any number");
    on->callback([&raw] { chooseRelay(raw, Action::On); });
    CLI::App* off = relay->add_subcommand("off", "Carry nothing more");
    off->callback([&raw] { chooseRelay(raw, Action::Off); });
    CLI::App* status = relay->add_subcommand("status", "Show what is carried, and who carries for "
                                                       "this node");
    status->callback([&raw] { chooseRelay(raw, Action::Status); });
}

} // namespace

void addNodeCommands(CLI::App& app, RawCommands& raw)
{
    CLI::App* node =
        app.add_subcommand("node", "A node among friends: init, start, status, doctor, "
                                   "transfers, leave; --state: the user's only one");
    node->require_subcommand(1);
    node->fallthrough();
    addInit(*node, raw);
    CLI::App* start = node->add_subcommand("start", "Start the node where it does not run");
    start->callback([&raw] { raw.chosen = Command(NodeStartCommand()); });
    CLI::App* status = node->add_subcommand("status", "Show what the node is and does");
    status->callback([&raw] { raw.chosen = Command(NodeStatusCommand()); });
    CLI::App* doctor = node->add_subcommand(
        "doctor",
        "Try every path to every friend now, have them try this node, and say what to do");
    doctor->callback([&raw] { raw.chosen = Command(NodeDoctorCommand()); });
    CLI::App* transfers =
        node->add_subcommand("transfers", "Show what moves, and what moved lately");
    transfers->callback([&raw] { raw.chosen = Command(NodeTransfersCommand()); });
    CLI::App* leave = node->add_subcommand(
        "leave", "End this node's membership for good; friends let go what it stored with them");
    leave->callback([&raw] { raw.chosen = Command(NodeLeaveCommand()); });
    addJoin(app, raw);
    addRelay(app, raw);
}

} // namespace tarn::gateway::cli
