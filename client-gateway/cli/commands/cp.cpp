#include "client-gateway/cli/commands.h"
#include "client-gateway/cli/copy/copy_scan.h"
#include "client-gateway/cli/copy/copy_single.h"
#include "client-gateway/cli/copy/copy_target.h"
#include "client-gateway/cli/printable.h"
#include "client-gateway/cli/reports.h"
#include "core/node/files.h"

namespace tarn::gateway::cli {

namespace {

using Kind = Place::Kind;

Error usage(const std::string& text)
{
    return Error(ErrorCode::InvalidInput, text);
}

Result<Place> findSource(Session& session, const std::string& argument)
{
    TARN_TRY(Place place, findPlace(session, argument));
    if (place.kind == Kind::Missing)
        return Error(ErrorCode::NotFound,
                     "No such file or directory '" + printable(argument) + "'");
    if (place.kind == Kind::Directory) return place;
    if (place.endsWithSlash) {
        return usage("source '" + printable(argument) +
                     "' is not a directory, but ends with a slash");
    }
    if (place.isLocal() && place.local.kind != LocalInfo::Kind::File) {
        return usage("source '" + printable(argument) +
                     "' is neither a file nor a directory, I can't handle it");
    }
    if (!place.isLocal() && place.description.self.kind == NodeInfo::Kind::Unknown)
        return usage("Cannot copy unknown nodes: '" + printable(place.label()) + "'");
    return place;
}

/// \return whether the target is, or becomes, a file.
Result<bool> checkRules(const CopyCommand& command, const std::vector<Place>& sources,
                        const Place& target)
{
    bool anyDirectory = false;
    for (const Place& source : sources)
        anyDirectory = anyDirectory || source.kind == Kind::Directory;
    if (anyDirectory && !command.recursive)
        return usage("cannot copy directories without --recursive");
    const bool oneFile = sources.size() == 1 && !anyDirectory;
    const bool toFile = target.kind == Kind::File || (target.kind == Kind::Missing && oneFile);
    if (toFile && target.endsWithSlash)
        return usage("target is not a directory, but ends with a slash");
    if (toFile && sources.size() > 1)
        return usage("copying multiple things requires target be a directory");
    if (toFile && anyDirectory) return usage("cannot copy directory into a file");
    if (command.capsOnly && !target.isLocal())
        return usage("--caps-only writes local files: TO must be local");
    for (const Place& source : sources) {
        if (!toFile && source.kind == Kind::File && source.name.empty()) {
            return usage("when copying into a directory, all source files must have names, but '" +
                         source.label() + "' is unnamed");
        }
    }
    return toFile;
}

bool isSameFile(const Place& a, const Place& b)
{
    if (a.kind != Kind::File || b.kind != Kind::File || a.isLocal() != b.isLocal()) return false;
    if (!a.isLocal()) return a.remote == b.remote;
    return a.local.device == b.local.device && a.local.inode == b.local.inode;
}

/// The target directory is there afterwards.
Result<void> openTarget(Session& session, const Place& target, CopyDirectory& directory,
                        CopyReport& report)
{
    directory.path = target.path;
    if (target.kind == Kind::Directory) {
        const NodeInfo& node = target.description.self;
        directory.caps = {node.writeCap, node.readCap};
        directory.children = target.description.children;
        return ok();
    }
    ++report.directories;
    if (target.isLocal()) return node::makeFolderBlocking(target.path, 0777);
    TARN_TRY(const Answer answer, session.ask("POST", target.remote, "?t=mkdir"));
    if (!isSuccess(answer)) return refusal(answer.status, answer.body).within("cannot make TO");
    directory.caps.write = answer.body.substr(0, answer.body.find('\n'));
    return ok();
}

Result<void> copyInto(Session& session, const std::vector<Place>& sources, const Place& target,
                      CopyRun& run)
{
    CopyTree tree(target.label());
    CopyScan scan(session, tree, run.report, !target.isLocal());
    for (const Place& source : sources)
        scan.add(source);
    TARN_TRY_VOID(scan.run());
    if (tree.hasCollisions()) {
        return usage("cannot copy multiple files with the same name into the same target "
                     "directory");
    }
    TARN_TRY_VOID(openTarget(session, target, tree.directories.front(), run.report));
    run.progress.setTotal(tree.totalBytes());
    run.progress.setFiles(tree.files.size());
    const std::unique_ptr<CopyTarget> into =
        target.isLocal() ? makeLocalTarget(run) : makeGridTarget(run);
    copyTree(*into, tree, run);
    return run.database ? run.database->flush() : ok();
}

int reportOf(Session& session, const CopyReport& report, const char* success)
{
    for (const CopyReport::Problem& problem : report.problems) {
        if (!session.options.json)
            session.console.err("tarn: " + printable(problem.what) + ": " + problem.reason + "\n");
    }
    if (session.options.json)
        session.console.out(copyJson(report));
    else if (!report.problems.empty())
        session.console.err("tarn: not everything was copied, see above\n");
    else if (!session.options.quiet)
        session.console.out(std::string("Success: ") + success + "\n");
    return report.problems.empty() ? kOk : kFailed;
}

} // namespace

Result<int> run(Session& session, const CopyCommand& command)
{
    TARN_TRY(const Place target, findPlace(session, command.target));
    std::vector<Place> sources;
    for (const std::string& argument : command.sources) {
        TARN_TRY(Place source, findSource(session, argument));
        sources.push_back(std::move(source));
    }
    TARN_TRY(const bool toFile, checkRules(command, sources, target));
    if (toFile && isSameFile(sources.front(), target)) {
        return usage("'" + printable(sources.front().label()) + "' and '" +
                     printable(target.label()) + "' are the same file");
    }

    bool allLocal = target.isLocal();
    for (const Place& source : sources)
        allLocal = allLocal && source.isLocal();
    // Between local files nobody is asked; the engine is used all the same.
    BlockingGateway nobody(GatewayAddress(), session.clock, false);
    BlockingGateway* web = &nobody;
    if (!allLocal) {
        TARN_TRY(web, session.gateway());
    }
    CopyReport report;
    ProgressBar progress = session.makeProgress(0);
    const auto now = session.clock.wallNow().time_since_epoch();
    CopyRun run{
        web,    nullptr, std::chrono::duration<double>(now).count(), command.capsOnly, progress,
        report, {}};
    run.tell = [&](const std::string& line) {
        if (!command.verbose) return;
        progress.clear();
        session.console.err(printable(line) + "\n");
    };
    if (toFile) {
        TARN_TRY_VOID(copySingle(sources.front(), target, run));
        progress.finish();
        return reportOf(session, report, "file copied");
    }
    // What an earlier run did is known of the grid of this state directory only.
    std::optional<BackupDatabase> database;
    if (!allLocal && !session.options.gateway.url) {
        Result<BackupDatabase> opened = session.backupDatabase();
        if (opened)
            database.emplace(*std::move(opened));
        else
            run.tell("everything is copied anew: " + opened.error().message());
    }
    if (database) run.database = &*database;
    TARN_TRY_VOID(copyInto(session, sources, target, run));
    progress.finish();
    return reportOf(session, report, "files copied");
}

} // namespace tarn::gateway::cli
