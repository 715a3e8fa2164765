// backup_database: which local files and which sets of children are on the grid already, and as
// what: private/backupdb.sqlite as Tahoe-LAFS keeps it, so that either program goes on where the
// other stopped. Source: allmydata.scripts.backupdb (version 2). Blocking.
#pragma once

#include "client-gateway/cli/local_files.h"
#include "client-gateway/cli/sqlite.h"
#include "core/base/clock.h"
#include "core/base/random.h"

#include <map>

namespace tarn::gateway::cli {

/// base32 of the tagged hash that stands for a directory with these children.
/// \param children  name in UTF-8 to capability.
std::string directoryHash(const std::map<std::string, std::string>& children);

class BackupDatabase
{
public:
    /// Made, or brought from version 1 to 2, where needed. Its folder exists.
    /// \return Unsupported: another version.  Corrupt: not such a database.  IoFailure.
    static Result<BackupDatabase> openBlocking(const std::string& path, Clock& clock,
                                               Random& random);
    ~BackupDatabase();
    BackupDatabase(BackupDatabase&&) = default;
    BackupDatabase& operator=(BackupDatabase&&) = delete;

    struct Known
    {
        std::string cap;
        /// Never within a month after the last check, always after two, by chance between.
        bool mustCheck = false;
    };
    /// \param path   absolute.
    /// \return nothing: unknown, or changed since.
    Result<std::optional<Known>> findFile(const std::string& path, const FileStamp& stamp);
    Result<std::optional<Known>> findDirectory(const std::string& hash);

    /// These are kept for up to a second before they are written, many at once.
    Result<void> fileUploaded(const std::string& path, const FileStamp& stamp,
                              const std::string& cap);
    Result<void> fileHealthy(const std::string& cap);
    Result<void> directoryCreated(const std::string& hash, const std::string& cap);
    Result<void> directoryHealthy(const std::string& cap);
    /// Writes all of it now.
    Result<void> flush();

private:
    struct Write
    {
        const char* statement;
        std::vector<SqliteFile::Value> values;
    };
    BackupDatabase(SqliteFile file, Clock& clock, Random& random);
    Result<void> bringUpToDate();
    Result<void> later(std::vector<Write> writes);
    Result<void> writeAll();
    double now() const;
    bool mustCheck(double lastChecked);

    SqliteFile m_file;
    Clock* m_clock;
    Random* m_random;
    std::vector<Write> m_pending;
    TimePoint m_firstPending;
};

} // namespace tarn::gateway::cli
