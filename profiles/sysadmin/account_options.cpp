#include "profiles/sysadmin/account_options.h"

#include "core/base/quantity.h"

#include <CLI/CLI.hpp>

namespace tarn::profiles {

namespace {

using storage::AccountCommand;
using Kind = AccountCommand::Kind;
using Chosen = std::optional<AccountCommand>;

/// Values as they are typed, until the command is known. Shared by the callbacks.
struct Typed
{
    AccountCommand command;
    std::string key;
    std::string limit;
};

std::string sizeOrNone(const std::string& text)
{
    if (text == "none") return "";
    const Result<std::uint64_t> size = parseByteSize(text);
    return size ? "" : size.error().message();
}

CLI::App* addCommand(CLI::App& above, const std::shared_ptr<Typed>& typed, Kind kind,
                     const std::string& name, const std::string& what, Chosen& chosen)
{
    CLI::App* const command = above.add_subcommand(name, what);
    command->callback([typed, kind, &chosen] {
        AccountCommand out = typed->command;
        out.kind = kind;
        if (!typed->key.empty()) out.key = typed->key;
        if (!typed->limit.empty() && typed->limit != "none")
            out.limit = parseByteSize(typed->limit).value_or(std::uint64_t(0));
        chosen = std::move(out);
    });
    return command;
}

CLI::App* addNamed(CLI::App& above, const std::shared_ptr<Typed>& typed, Kind kind,
                   const std::string& name, const std::string& what, Chosen& chosen)
{
    CLI::App* const command = addCommand(above, typed, kind, name, what, chosen);
    command->add_option("NAME", typed->command.name, "the account")->required()->type_name("");
    return command;
}

void addSwitches(CLI::App& command, const std::shared_ptr<Typed>& typed)
{
    command.add_option("SWITCH", typed->command.switches, "read, write, keep; none: all three")
        ->type_name("")
        ->check(CLI::IsMember(std::vector<std::string>{"read", "write", "keep"}));
}

} // namespace

void addAccountCommands(CLI::App& app, Chosen& chosen)
{
    CLI::App* const account =
        app.add_subcommand("account", "accounts of the running server (needs --state only)");
    account->require_subcommand(1);
    const auto typed = std::make_shared<Typed>();
    CLI::App* const add =
        addNamed(*account, typed, Kind::Add, "add", "make an account and print its NURL", chosen);
    add->add_option("--key", typed->key, "the node that may ask for the NURL")->type_name("v0-...");
    add->add_option("--limit", typed->limit, "most bytes it may use: \"10 GB\"")
        ->type_name("SIZE")
        ->check(sizeOrNone);
    CLI::App* const list =
        addCommand(*account, typed, Kind::List, "list", "who has an account", chosen);
    list->add_flag("--json", typed->command.json, "for programs");
    CLI::App* const show =
        addNamed(*account, typed, Kind::Show, "show", "one account, with its NURL", chosen);
    show->add_flag("--json", typed->command.json, "for programs");
    CLI::App* const limit =
        addNamed(*account, typed, Kind::Limit, "limit", "set the most it may use", chosen);
    limit->add_option("SIZE", typed->limit, "\"10 GB\", or none")
        ->required()
        ->type_name("")
        ->check(sizeOrNone);
    addSwitches(*addNamed(*account, typed, Kind::Allow, "allow", "turn switches on", chosen),
                typed);
    addSwitches(*addNamed(*account, typed, Kind::Deny, "deny", "turn switches off", chosen), typed);
    addNamed(*account, typed, Kind::Rotate, "rotate", "print a new NURL; the old one is worthless",
             chosen);
    addNamed(*account, typed, Kind::Revoke, "revoke",
             "refuse it for good; its leases go after the grace time", chosen);
}

} // namespace tarn::profiles
