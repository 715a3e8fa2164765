#include "client-gateway/cli/backup/backup_report.h"
#include "client-gateway/cli/backup/backup_run.h"
#include "client-gateway/cli/commands.h"
#include "client-gateway/cli/glob.h"
#include "client-gateway/cli/printable.h"
#include "client-gateway/cli/reports.h"

namespace tarn::gateway::cli {

namespace {

constexpr int kSomethingSkipped = 2;

/// TO/Archives is there afterwards.
Result<void> makeArchives(Session& session, const RemotePath& archives)
{
    TARN_TRY(const Answer found, session.ask("GET", archives, "?t=json"));
    if (found.status == 200) return ok();
    if (found.status == 404) {
        TARN_TRY(const Answer made, session.ask("POST", archives, "?t=mkdir"));
        if (isSuccess(made)) return ok();
        return refusal(made.status, made.body).within("Unable to create target directory");
    }
    return refusal(found.status, found.body).within("cannot examine the target directory");
}

Result<void> linkAt(Session& session, const RemotePath& place, const std::string& cap)
{
    TARN_TRY(const Answer answer, session.ask("PUT", place, "?t=uri", cap));
    if (isSuccess(answer)) return ok();
    return refusal(answer.status, answer.body).within("cannot link " + place.name());
}

RemotePath below(RemotePath directory, const std::string& name)
{
    while (directory.path.ends_with('/'))
        directory.path.pop_back();
    directory.path += directory.path.empty() ? name : "/" + name;
    return directory;
}

std::function<bool(const std::string&)> exclusion(const BackupCommand& command)
{
    return [&command](const std::string& name) {
        for (const std::string& pattern : command.exclude) {
            if (matchesGlob(pattern, name)) return true;
        }
        return false;
    };
}

} // namespace

Result<int> run(Session& session, const BackupCommand& command)
{
    const TimePoint started = session.clock.now();
    Result<BackupDatabase> database = session.backupDatabase();
    if (!database) return std::move(database).error().within("Unable to load backup db");
    TARN_TRY(const RemotePath to, session.resolve(command.to));
    TARN_TRY(BlockingGateway* const web, session.gateway());
    const RemotePath archives = below(to, "Archives");
    TARN_TRY_VOID(makeArchives(session, archives));

    const std::string root = absolutePath(command.from);
    Result<BackupTree> tree = scanBlocking(root, exclusion(command));
    if (!tree) return std::move(tree).error().within(printable(root));
    ProgressBar progress = session.makeProgress(0);
    std::uint64_t bytes = 0;
    for (const BackupEntry& file : tree->files)
        bytes += file.info.stamp.size;
    progress.setTotal(bytes);
    progress.setFiles(tree->files.size());

    const auto tell = [&](const std::string& line) {
        if (!command.verbose || session.options.json) return;
        progress.clear();
        session.console.out(printable(line) + "\n");
    };
    std::vector<BackupSkip> skips;
    const auto warn = [&](const BackupSkip& skipped) {
        if (session.options.json) {
            skips.push_back(skipped);
            return;
        }
        progress.clear();
        session.console.err("WARNING: " + skipped.warning + " " + printable(skipped.path) + "\n");
    };
    BackupRun backup({*web, *database, progress, command.ignoreTimestamps, tell, warn});
    TARN_TRY(const std::string cap, backup.store(*tree));
    progress.finish();

    const std::string name = archiveName(session.clock.wallNow());
    TARN_TRY_VOID(linkAt(session, below(archives, name), cap));
    TARN_TRY_VOID(linkAt(session, below(to, "Latest"), cap));
    const BackupCounts& counts = backup.counts();
    const Duration elapsed = session.clock.now() - started;
    if (session.options.json)
        session.console.out(backupJson(counts, name, cap, skips));
    else
        session.console.out(backupText(counts, elapsed, {session.options.quiet, command.verbose}));
    return counts.filesSkipped + counts.directoriesSkipped > 0 ? kSomethingSkipped : kOk;
}

} // namespace tarn::gateway::cli
