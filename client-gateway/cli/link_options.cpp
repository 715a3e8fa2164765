#include "client-gateway/cli/command_options.h"

#include <CLI/CLI.hpp>

namespace tarn::gateway::cli {

namespace {

void addShare(CLI::App& app, RawCommands& raw)
{
    CLI::App* share = app.add_subcommand(
        "share", "Give a member a link that reads a file or folder, or print it to be copied");
    share->add_option("PATH", raw.share.remote, "Capability, ALIAS:path, or a path below tahoe:")
        ->required();
    share->add_option("MEMBER", raw.share.member, "Name or key of the member; none: print it");
    share->add_option("--name", raw.share.name, "What the member shall see it as");
    share->callback([&raw] { raw.chosen = Command(raw.share); });
}

CLI::App* addInbox(CLI::App& inbox, RawCommands& raw, InboxCommand::Action action, const char* name,
                   const char* help)
{
    CLI::App* out = inbox.add_subcommand(name, help);
    if (action != InboxCommand::Action::List)
        out->add_option("ID", raw.inbox.id, "Of the link")->required();
    out->callback([&raw, action] {
        raw.inbox.action = action;
        raw.chosen = Command(raw.inbox);
    });
    return out;
}

void addInboxCommands(CLI::App& app, RawCommands& raw)
{
    CLI::App* inbox = app.add_subcommand("inbox", "Links that members gave, and those given away");
    inbox->require_subcommand(1);
    inbox->fallthrough();
    using Action = InboxCommand::Action;
    addInbox(*inbox, raw, Action::List, "list", "List them");
    addInbox(*inbox, raw, Action::Show, "show", "Show one, with what reads it");
    CLI::App* take = addInbox(*inbox, raw, Action::Take, "take", "Put it among your files");
    take->add_option("PATH", raw.inbox.remote, "Where; by default as its giver called it");
    addInbox(*inbox, raw, Action::Drop, "drop", "Forget it; given ones that wait stay undelivered");
}

void chooseClient(RawCommands& raw, ClientCommand::Action action)
{
    raw.client.action = action;
    const bool limits = !raw.limit.empty() && raw.limit != "none";
    if (limits) {
        const Result<std::uint64_t> bytes = parseByteSize(raw.limit);
        if (!bytes) {
            raw.chosen = misuse("SIZE: " + bytes.error().message());
            return;
        }
        raw.client.request.limit = *bytes;
    }
    raw.chosen = Command(raw.client);
}

CLI::App* addClient(CLI::App& client, RawCommands& raw, ClientCommand::Action action,
                    const char* name, const char* help)
{
    CLI::App* out = client.add_subcommand(name, help);
    if (action != ClientCommand::Action::List)
        out->add_option("NAME", raw.client.request.name, "Of the client")->required();
    out->callback([&raw, action] { chooseClient(raw, action); });
    return out;
}

void addClientCommands(CLI::App& app, RawCommands& raw)
{
    CLI::App* client = app.add_subcommand(
        "client", "Programs that store on this node's disk without being members, such as "
                  "Tahoe-LAFS: each by an account of its own");
    client->require_subcommand(1);
    client->fallthrough();
    using Action = ClientCommand::Action;
    CLI::App* add = addClient(*client, raw, Action::Add, "add",
                              "Open an account, and print what goes into servers.yaml");
    add->add_option("--limit", raw.limit, "At most so much, such as \"10 GB\"");
    addClient(*client, raw, Action::List, "list", "List them");
    addClient(*client, raw, Action::Show, "show", "Print again what goes into servers.yaml");
    CLI::App* limit =
        addClient(*client, raw, Action::Limit, "limit", "Limit what it may keep on this node");
    limit->add_option("SIZE", raw.limit, "Such as \"10 GB\"; none: only what is offered to all")
        ->required();
    addClient(*client, raw, Action::Revoke, "revoke",
              "Let it in no more, for good; its shares go after a week");
}

} // namespace

void addLinkCommands(CLI::App& app, RawCommands& raw)
{
    addShare(app, raw);
    addInboxCommands(app, raw);
    addClientCommands(app, raw);
}

} // namespace tarn::gateway::cli
