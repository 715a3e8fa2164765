#include "client-gateway/cli/backup_database.h"

#include "core/codec/base32.h"
#include "core/codec/netstring.h"
#include "core/crypto/hash_tags.h"
#include "core/crypto/tagged_hash.h"

#include <algorithm>

namespace tarn::gateway::cli {

namespace {

constexpr double kMonth = 30.0 * 24 * 3600;
constexpr double kNoCheckBefore = 1 * kMonth;
constexpr double kAlwaysCheckAfter = 2 * kMonth;
constexpr std::size_t kMaxPending = 256;
constexpr Duration kMaxDelay = std::chrono::seconds(1);

constexpr const char* kDirectories = "CREATE TABLE directories ("
                                     "dirhash varchar(256) PRIMARY KEY, dircap varchar(256), "
                                     "last_uploaded TIMESTAMP, last_checked TIMESTAMP);";
constexpr const char* kFiles =
    "CREATE TABLE version (version INTEGER);"
    "CREATE TABLE local_files (path VARCHAR(1024) PRIMARY KEY, size INTEGER, mtime NUMBER, "
    "ctime NUMBER, fileid INTEGER);"
    "CREATE TABLE caps (fileid INTEGER PRIMARY KEY AUTOINCREMENT, filecap VARCHAR(256) UNIQUE);"
    "CREATE TABLE last_upload (fileid INTEGER PRIMARY KEY, last_uploaded TIMESTAMP, "
    "last_checked TIMESTAMP);"
    "INSERT INTO version (version) VALUES (2);";

// Tahoe-LAFS 1.20 binds capabilities and hashes as bytes, which SQLite holds for different from the
// same text; earlier ones bound text. Written are bytes, found are both.
constexpr const char* kAddCap = "INSERT OR IGNORE INTO caps (filecap) VALUES (CAST(?1 AS BLOB))";
constexpr const char* kFileUploaded = "REPLACE INTO last_upload SELECT fileid, ?2, ?2 FROM caps "
                                      "WHERE filecap=CAST(?1 AS BLOB)";
constexpr const char* kFileIs = "REPLACE INTO local_files SELECT ?2, ?3, ?4, ?5, fileid FROM caps "
                                "WHERE filecap=CAST(?1 AS BLOB)";
constexpr const char* kFileHealthy =
    "UPDATE last_upload SET last_checked=?2 WHERE fileid IN "
    "(SELECT fileid FROM caps WHERE filecap IN (?1, CAST(?1 AS BLOB)))";
constexpr const char* kDirectoryCreated =
    "REPLACE INTO directories VALUES (CAST(?1 AS BLOB), CAST(?2 AS BLOB), ?3, ?3)";
constexpr const char* kDirectoryHealthy =
    "UPDATE directories SET last_checked=?2 WHERE dircap IN (?1, CAST(?1 AS BLOB))";
constexpr const char* kFindDirectory =
    "SELECT dircap, last_checked FROM directories WHERE dirhash IN (?1, CAST(?1 AS BLOB)) "
    "ORDER BY last_checked DESC";

} // namespace

std::string directoryHash(const std::map<std::string, std::string>& children)
{
    Bytes text;
    for (const auto& [name, cap] : children) {
        codec::appendNetstring(text, asBytes(name));
        codec::appendNetstring(text, asBytes(cap));
    }
    return codec::encodeBase32(crypto::taggedHash(crypto::tags::kBackupDirectory, text).view());
}

BackupDatabase::BackupDatabase(SqliteFile file, Clock& clock, Random& random)
    : m_file(std::move(file)), m_clock(&clock), m_random(&random)
{
}

BackupDatabase::~BackupDatabase()
{
    // What cannot be written is uploaded once more another time.
    const Result<void> written = flush();
    static_cast<void>(written);
}

Result<BackupDatabase> BackupDatabase::openBlocking(const std::string& path, Clock& clock,
                                                    Random& random)
{
    TARN_TRY(SqliteFile file, SqliteFile::openBlocking(path));
    BackupDatabase database(std::move(file), clock, random);
    if (Result<void> done = database.bringUpToDate(); !done)
        return std::move(done).error().within("backupdb file " + path + " is unusable");
    return database;
}

Result<void> BackupDatabase::bringUpToDate()
{
    TARN_TRY(const std::optional<SqliteFile::Row> tables,
             m_file.first("SELECT count(*) FROM sqlite_master", {}));
    if (tables && tables->front().number == 0)
        return m_file.script(std::string("BEGIN IMMEDIATE;") + kFiles + kDirectories + "COMMIT;");
    TARN_TRY(const std::optional<SqliteFile::Row> row,
             m_file.first("SELECT version FROM version", {}));
    if (!row) return Error(ErrorCode::Corrupt, "no version in it");
    const std::string version = row->front().text;
    if (version == "1") {
        return m_file.script(std::string("BEGIN IMMEDIATE;") + kDirectories +
                             "UPDATE version SET version=2; COMMIT;");
    }
    if (version != "2") return Error(ErrorCode::Unsupported, "it has version " + version);
    return ok();
}

double BackupDatabase::now() const
{
    return std::chrono::duration<double>(m_clock->wallNow().time_since_epoch()).count();
}

bool BackupDatabase::mustCheck(double lastChecked)
{
    constexpr std::uint64_t kSteps = 1'000'000;
    const double age = now() - lastChecked;
    const double chance = (age - kNoCheckBefore) / (kAlwaysCheckAfter - kNoCheckBefore);
    return static_cast<double>(m_random->below(kSteps)) < std::clamp(chance, 0.0, 1.0) * kSteps;
}

Result<std::optional<BackupDatabase::Known>> BackupDatabase::findFile(const std::string& path,
                                                                      const FileStamp& stamp)
{
    TARN_TRY(const std::optional<SqliteFile::Row> row,
             m_file.first("SELECT size, mtime, ctime, filecap, last_checked FROM local_files "
                          "JOIN caps USING (fileid) JOIN last_upload USING (fileid) WHERE path=?1",
                          {path}));
    const auto differs = [&](std::size_t column, auto value) {
        return (*row)[column].number != static_cast<double>(value);
    };
    if (!row || differs(0, stamp.size) || differs(1, stamp.modified) || differs(2, stamp.changed))
        return std::optional<Known>();
    return std::optional<Known>(Known{(*row)[3].text, mustCheck((*row)[4].number)});
}

Result<std::optional<BackupDatabase::Known>> BackupDatabase::findDirectory(const std::string& hash)
{
    TARN_TRY(const std::optional<SqliteFile::Row> row, m_file.first(kFindDirectory, {hash}));
    if (!row) return std::optional<Known>();
    return std::optional<Known>(Known{(*row)[0].text, mustCheck((*row)[1].number)});
}

Result<void> BackupDatabase::fileUploaded(const std::string& path, const FileStamp& stamp,
                                          const std::string& cap)
{
    const auto size = static_cast<std::int64_t>(stamp.size);
    return later({{kAddCap, {cap}},
                  {kFileUploaded, {cap, now()}},
                  {kFileIs, {cap, path, size, stamp.modified, stamp.changed}}});
}

Result<void> BackupDatabase::fileHealthy(const std::string& cap)
{
    return later({{kFileHealthy, {cap, now()}}});
}

Result<void> BackupDatabase::directoryCreated(const std::string& hash, const std::string& cap)
{
    return later({{kDirectoryCreated, {hash, cap, now()}}});
}

Result<void> BackupDatabase::directoryHealthy(const std::string& cap)
{
    return later({{kDirectoryHealthy, {cap, now()}}});
}

Result<void> BackupDatabase::later(std::vector<Write> writes)
{
    if (m_pending.empty()) m_firstPending = m_clock->now();
    for (Write& write : writes)
        m_pending.push_back(std::move(write));
    const bool full = m_pending.size() >= kMaxPending;
    return full || m_clock->now() - m_firstPending >= kMaxDelay ? flush() : ok();
}

Result<void> BackupDatabase::writeAll()
{
    TARN_TRY_VOID(m_file.script("BEGIN IMMEDIATE"));
    for (const Write& write : m_pending)
        TARN_TRY_VOID(m_file.run(write.statement, write.values));
    return m_file.script("COMMIT");
}

Result<void> BackupDatabase::flush()
{
    if (m_pending.empty()) return ok();
    Result<void> written = writeAll();
    m_pending.clear();
    if (!written) {
        const Result<void> undone = m_file.script("ROLLBACK"); // fails where nothing was begun
        static_cast<void>(undone);
    }
    return written;
}

} // namespace tarn::gateway::cli
