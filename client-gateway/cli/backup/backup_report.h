// backup_report: what `tarn backup` says at its end. Pure.
#pragma once

#include "client-gateway/cli/backup/backup_run.h"

namespace tarn::gateway::cli {

struct BackupTone
{
    bool quiet = false;
    bool verbose = false;
};

/// The lines of the reference.
std::string backupText(const BackupCounts& counts, Duration elapsed, BackupTone tone);
/// With "skipped": [{"path", "warning"}].
std::string backupJson(const BackupCounts& counts, const std::string& archive,
                       const std::string& cap, const std::vector<BackupSkip>& skips);
/// "2026-01-31_23:59:59Z"
std::string archiveName(WallTime now);

} // namespace tarn::gateway::cli
