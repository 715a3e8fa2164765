#include "client-gateway/cli/command_options.h"
#include "core/codec/utf8.h"
#include "core/node/files.h"

#include <CLI/CLI.hpp>

namespace tarn::gateway::cli {

namespace {

constexpr std::size_t kMaxListBytes = 16U << 20U;
constexpr const char* kVcsNames[] = {
    "CVS",  "RCS",        "SCCS",     ".git",        ".gitignore",   ".cvsignore",
    ".svn", ".arch-ids",  "{arch}",   "=RELEASE-ID", "=meta-update", "=update",
    ".bzr", ".bzrignore", ".bzrtags", ".hg",         ".hgignore",    "_darcs"};

void addPattern(std::vector<std::string>& patterns, std::string_view text)
{
    constexpr std::string_view kSpace = " \t\r\n\v\f";
    const std::size_t first = text.find_first_not_of(kSpace);
    if (first == std::string_view::npos) return;
    patterns.emplace_back(text.substr(first, text.find_last_not_of(kSpace) - first + 1));
}

Result<void> addPatternsOf(const std::string& path, std::vector<std::string>& patterns)
{
    TARN_TRY(const Bytes bytes, node::readFileBlocking(path, kMaxListBytes));
    if (!codec::isUtf8(bytes)) return Error(ErrorCode::InvalidInput, "it is not UTF-8");
    std::string_view text = asText(bytes);
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        addPattern(patterns, line);
        text.remove_prefix(std::min(text.size(), line.size() + 1));
    }
    return ok();
}

void chooseBackup(RawCommands& raw)
{
    std::vector<std::string> patterns;
    for (const std::string& pattern : raw.backup.exclude)
        addPattern(patterns, pattern);
    for (const std::string& path : raw.excludeFiles) {
        const Result<void> added = addPatternsOf(path, patterns);
        if (!added) {
            raw.chosen =
                misuse("Error opening exclude file " + path + ": " + added.error().message());
            return;
        }
    }
    if (raw.excludeVcs) patterns.insert(patterns.end(), std::begin(kVcsNames), std::end(kVcsNames));
    raw.backup.exclude = std::move(patterns);
    raw.chosen = Command(raw.backup);
}

} // namespace

void addBackupCommand(CLI::App& app, RawCommands& raw)
{
    CLI::App* backup = app.add_subcommand(
        "backup", "Add a dated copy of a local directory to TO/Archives and link it as TO/Latest");
    backup->add_option("FROM", raw.backup.from, "The local directory")->required();
    backup->add_option("TO", raw.backup.to, "ALIAS:path of a directory on the grid")->required();
    backup->add_flag("-v,--verbose", raw.backup.verbose, "Say what is done");
    backup->add_flag("--ignore-timestamps", raw.backup.ignoreTimestamps,
                     "Upload every file, whatever its time says");
    backup->add_option("--exclude", raw.backup.exclude, "Leave out names like this (*.o)")
        ->expected(1)
        ->take_all();
    backup
        ->add_option("--exclude-from-utf-8,--exclude-from", raw.excludeFiles,
                     "Leave out names like those in this file, one to a line")
        ->expected(1)
        ->take_all();
    backup->add_flag("--exclude-vcs", raw.excludeVcs, "Leave out the files of version controls");
    backup->callback([&raw] { chooseBackup(raw); });
}

} // namespace tarn::gateway::cli
