#include "client-gateway/cli/command_options.h"

#include <CLI/CLI.hpp>

namespace tarn::gateway::cli {

namespace {

constexpr const char* kRemoteHelp = "Capability, ALIAS:path, or a path below tahoe:";

/// The callback that makes `field` the chosen command.
template <class Field>
void chooses(CLI::App* command, RawCommands& raw, Field RawCommands::*field)
{
    command->callback([&raw, field] { raw.chosen = Command(raw.*field); });
}

CLI::App* addAdd(CLI::App& app, RawCommands& raw, const char* name)
{
    CLI::App* add = app.add_subcommand(name, "Name a directory");
    add->add_option("ALIAS", raw.addAlias.name, "The name")->required();
    add->add_option("CAP", raw.addAlias.cap, "Capability of a directory")->required();
    chooses(add, raw, &RawCommands::addAlias);
    return add;
}

CLI::App* addCreate(CLI::App& app, RawCommands& raw, const char* name)
{
    CLI::App* create = app.add_subcommand(name, "Make a directory and name it");
    create->add_option("ALIAS", raw.createAlias.name, "The name")->required();
    chooses(create, raw, &RawCommands::createAlias);
    return create;
}

CLI::App* addList(CLI::App& app, RawCommands& raw, const char* name)
{
    CLI::App* list = app.add_subcommand(name, "List all names of directories");
    list->add_flag("--readonly-uri", raw.listAliases.readOnly, "Show read capabilities");
    chooses(list, raw, &RawCommands::listAliases);
    return list;
}

void addAliasCommands(CLI::App& app, RawCommands& raw)
{
    addAdd(app, raw, "add-alias");
    addCreate(app, raw, "create-alias");
    addList(app, raw, "list-aliases");
    CLI::App* alias =
        app.add_subcommand("alias", "Names of directories: add, create, list, remove");
    alias->require_subcommand(1);
    alias->fallthrough();
    addAdd(*alias, raw, "add");
    addCreate(*alias, raw, "create");
    addList(*alias, raw, "list");
    CLI::App* remove = alias->add_subcommand("remove", "Forget a name; the directory stays");
    remove->add_option("ALIAS", raw.removeAlias.name, "The name")->required();
    chooses(remove, raw, &RawCommands::removeAlias);
}

void addLs(CLI::App& app, RawCommands& raw)
{
    CLI::App* ls = app.add_subcommand("ls", "List a directory");
    ls->add_option("REMOTE", raw.ls.remote, kRemoteHelp);
    ls->add_flag("-l,--long", raw.ls.longFormat, "Kind, size and time");
    ls->add_flag("-F,--classify", raw.ls.classify, "Mark directories / and mutable files *");
    ls->add_flag("--uri", raw.ls.uri, "Show capabilities");
    ls->add_flag("--readonly-uri", raw.ls.readOnlyUri, "Show read capabilities");
    chooses(ls, raw, &RawCommands::ls);
}

void addMove(CLI::App& app, RawCommands& raw, const char* name, const char* help, bool keeps)
{
    CLI::App* move = app.add_subcommand(name, help);
    move->add_option("FROM", raw.move.from, "The link")->required();
    move->add_option("TO", raw.move.to, "Its new place; with / at the end, the same name there")
        ->required();
    move->callback([&raw, keeps] {
        raw.move.keepsOriginal = keeps;
        raw.chosen = Command(raw.move);
    });
}

} // namespace

void addNameCommands(CLI::App& app, RawCommands& raw)
{
    CLI::App* mkdir = app.add_subcommand("mkdir", "Make a directory and print its capability");
    mkdir->add_option("REMOTE", raw.mkdir.remote, "Where to link it; nothing: no name");
    mkdir->add_option("--format", raw.mkdir.format, "SDMF or MDMF")
        ->transform(CLI::IsMember({"SDMF", "MDMF"}, CLI::ignore_case));
    chooses(mkdir, raw, &RawCommands::mkdir);

    addAliasCommands(app, raw);
    addLs(app, raw);

    CLI::App* unlink = app.add_subcommand("unlink", "Remove a link from its directory");
    unlink->alias("rm");
    unlink->add_option("REMOTE", raw.unlink.remote, kRemoteHelp)->required();
    chooses(unlink, raw, &RawCommands::unlink);

    addMove(app, raw, "mv", "Move a link within the grid", false);
    addMove(app, raw, "ln", "Make another link to an object", true);

    CLI::App* webopen = app.add_subcommand("webopen", "Open a page of the gateway in a browser");
    webopen->add_option("REMOTE", raw.webopen.remote, "Nothing: the welcome page");
    webopen->add_flag("-i,--info", raw.webopen.info, "The page about the object");
    chooses(webopen, raw, &RawCommands::webopen);
}

} // namespace tarn::gateway::cli
