// backup_scan: what `tarn backup` is going to store: directories, files, and what cannot be.
// Source: allmydata.scripts.tahoe_backup.collect_backup_targets. Blocking.
#pragma once

#include "client-gateway/cli/local_files.h"

#include <functional>

namespace tarn::gateway::cli {

struct BackupEntry
{
    static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
    std::size_t parent = kNone; ///< in BackupTree::directories
    std::size_t depth = 0;
    std::string name;
    std::string path; ///< absolute
    LocalInfo info;
};

/// An entry that is left out.
struct BackupSkip
{
    bool isDirectory = false;
    std::string path;
    std::string warning; ///< as Tahoe-LAFS words it, without the path
};

struct BackupTree
{
    std::vector<BackupEntry> directories; ///< parents before children
    std::vector<BackupEntry> files;
    std::vector<BackupSkip> skips;
};

/// \param isExcluded  told names, not paths.
/// \return what reading the root returns: everything below it may be skipped, the root not.
Result<BackupTree> scanBlocking(const std::string& root,
                                const std::function<bool(const std::string&)>& isExcluded);

BackupSkip unreadable(bool isDirectory, const std::string& path);

} // namespace tarn::gateway::cli
