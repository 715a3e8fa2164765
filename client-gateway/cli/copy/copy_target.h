// copy_target: the directory into which `tarn cp` copies a tree, on the grid or local.
#pragma once

#include "client-gateway/cli/backup_database.h"
#include "client-gateway/cli/blocking_gateway.h"
#include "client-gateway/cli/copy/copy_streams.h"
#include "client-gateway/cli/copy/copy_tree.h"

#include <functional>

namespace tarn::gateway::cli {

/// What all files of one run share.
struct CopyRun
{
    BlockingGateway* web;     ///< nullptr: everything is local
    BackupDatabase* database; ///< nullptr: nothing is known of earlier runs
    double now = 0;           ///< seconds since 1970
    bool capsOnly = false;
    ProgressBar& progress;
    CopyReport& report;
    std::function<void(const std::string&)> tell; ///< a line for every file
    unsigned unreachable = 0;                     ///< files in a row for which no gateway was there
    std::uint64_t untried = 0;                    ///< files given up for that
};

class CopyTarget
{
public:
    virtual ~CopyTarget() = default;
    /// Finds or makes the directories. What fails is reported and marked, with all below it.
    virtual void prepare(CopyTree& tree) = 0;
    /// \return what to tell of it: "copied", "unchanged" ...
    virtual asio::awaitable<Result<std::string>> store(const CopyDirectory& directory,
                                                       CopyFile& file) = 0;
    /// After the last file: links and times.
    virtual void finish(CopyTree& tree) = 0;
};

/// Directories are made before the files, their times set after them.
std::unique_ptr<CopyTarget> makeLocalTarget(CopyRun& run);
/// The files come first; a new directory is made with all its children at once, the deepest
/// first, and an existing one gets all its new links at once.
std::unique_ptr<CopyTarget> makeGridTarget(CopyRun& run);

/// Copies all files of the tree, several at a time: many small ones, few large ones. Goes on after
/// errors, but not for long without a gateway.
void copyTree(CopyTarget& target, CopyTree& tree, CopyRun& run);

} // namespace tarn::gateway::cli
