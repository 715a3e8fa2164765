#include "client-gateway/cli/commands.h"
#include "client-gateway/cli/printable.h"
#include "client-gateway/cli/reports.h"
#include "core/cap/parse.h"

#include <algorithm>

namespace tarn::gateway::cli {

namespace {

/// Says what was done to an alias, for people or as {"alias": ..., "cap": ...}.
int done(const Session& session, const std::string& name, const std::string& cap,
         std::string_view what)
{
    if (session.options.json)
        session.console.out(aliasJson(name, cap));
    else
        session.console.out("Alias '" + name + "' " + std::string(what) + "\n");
    return kOk;
}

Result<void> requireFree(const Session& session, const std::string& name)
{
    TARN_TRY(const Aliases aliases, loadAliases(session.options.gateway.stateDirectory));
    if (aliases.contains(name))
        return Error(ErrorCode::Exists, "Alias '" + name + "' already exists!");
    return ok();
}

} // namespace

Result<int> run(Session& session, const AddAliasCommand& command)
{
    TARN_TRY(const std::string name, aliasName(command.name));
    TARN_TRY_VOID(requireFree(session, name));
    const Result<cap::Cap> parsed = cap::parseKnownCap(command.cap);
    if (!parsed || !cap::isDirectory(*parsed))
        return Error(ErrorCode::InvalidInput, "an alias names a directory: the capability is none");
    const std::string cap = cap::printCap(*parsed);
    TARN_TRY_VOID(addAlias(session.options.gateway.stateDirectory, name, cap));
    return done(session, name, cap, "added");
}

Result<int> run(Session& session, const CreateAliasCommand& command)
{
    TARN_TRY(const std::string name, aliasName(command.name));
    TARN_TRY_VOID(requireFree(session, name));
    TARN_TRY(BlockingGateway* const web, session.gateway());
    TARN_TRY(const Answer answer, web->ask("POST", "/uri?t=mkdir"));
    if (!isSuccess(answer)) return session.refused(answer);
    TARN_TRY_VOID(addAlias(session.options.gateway.stateDirectory, name, answer.body));
    return done(session, name, answer.body, "created");
}

Result<int> run(Session& session, const ListAliasesCommand& command)
{
    TARN_TRY(const Aliases aliases, loadAliases(session.options.gateway.stateDirectory));
    std::vector<AliasLine> lines;
    std::size_t width = 0;
    for (const auto& [name, text] : aliases) {
        const cap::Cap cap = cap::parseCap(text);
        lines.push_back({name, cap::printCap(cap), cap::printCap(cap::readOnlyOf(cap))});
        width = std::max(width, name.size() + 2); // the reference counts two quotes
    }
    if (session.options.json) {
        session.console.out(aliasesJson(lines));
        return kOk;
    }
    for (const AliasLine& line : lines) {
        const std::string padding(width - line.name.size(), ' ');
        session.console.out(padding + printable(line.name) + ": " +
                            (command.readOnly ? line.readOnly : line.readWrite) + "\n");
    }
    return kOk;
}

Result<int> run(Session& session, const RemoveAliasCommand& command)
{
    TARN_TRY(const std::string name, aliasName(command.name));
    TARN_TRY(const Aliases aliases, loadAliases(session.options.gateway.stateDirectory));
    const auto found = aliases.find(name);
    const std::string cap = found == aliases.end() ? "" : found->second;
    TARN_TRY_VOID(removeAlias(session.options.gateway.stateDirectory, name));
    return done(session, name, cap, "removed");
}

} // namespace tarn::gateway::cli
