#include "storage-server/sql_database.h"

#include "core/base/file_descriptor.h"

#include <fcntl.h>
#include <sqlite3.h>

#include <cerrno>
#include <filesystem>

namespace tarn::storage {

namespace {

constexpr int kPatienceMs = 5000; ///< for an operator's own sqlite3

/// Its name alone: where it lies is nobody's business but the operator's.
std::string nameOf(const std::string& path)
{
    return std::filesystem::path(path).filename().string();
}

/// `words`, and by SQLite's code what can be done.
Error sqlError(sqlite3* database, int extendedCode, const char* words)
{
    const int code = extendedCode & 0xff;
    ErrorCode kind = ErrorCode::IoFailure;
    if (code == SQLITE_FULL) kind = ErrorCode::NoSpace;
    if (code == SQLITE_CONSTRAINT) kind = ErrorCode::Conflict;
    if (code == SQLITE_NOTADB || code == SQLITE_CORRUPT) kind = ErrorCode::Corrupt;
    std::string text = "database";
    if (const char* path = sqlite3_db_filename(database, "main"); path && *path != '\0')
        text += " " + nameOf(path);
    text += ": ";
    text += words;
    return Error(kind, text);
}

Error sqlError(sqlite3* database)
{
    return sqlError(database, sqlite3_extended_errcode(database), sqlite3_errmsg(database));
}

int bindOne(sqlite3_stmt* statement, int at, const SqlValue& value)
{
    if (const auto* number = std::get_if<std::int64_t>(&value))
        return sqlite3_bind_int64(statement, at, *number);
    if (const auto* bytes = std::get_if<ByteView>(&value))
        return sqlite3_bind_blob64(statement, at, bytes->data(), bytes->size(), SQLITE_TRANSIENT);
    if (const auto* text = std::get_if<std::string_view>(&value)) {
        return sqlite3_bind_text64(statement, at, text->data(), text->size(), SQLITE_TRANSIENT,
                                   SQLITE_UTF8);
    }
    return sqlite3_bind_null(statement, at);
}

} // namespace

// --- statements ---

void SqlStatement::Finalizer::operator()(sqlite3_stmt* statement) const noexcept
{
    sqlite3_finalize(statement);
}

Error SqlStatement::failure() const
{
    return sqlError(sqlite3_db_handle(m_statement.get()));
}

Result<void> SqlStatement::begin(std::initializer_list<SqlValue> values)
{
    end();
    int at = 0;
    for (const SqlValue& value : values)
        if (bindOne(m_statement.get(), ++at, value) != SQLITE_OK) return failure();
    return ok();
}

Result<bool> SqlStatement::next()
{
    const int code = sqlite3_step(m_statement.get());
    if (code == SQLITE_ROW) return true;
    Result<bool> out = false;
    if (code != SQLITE_DONE) out = failure();
    end();
    return out;
}

void SqlStatement::end() noexcept
{
    sqlite3_reset(m_statement.get());
}

Result<void> SqlStatement::run(std::initializer_list<SqlValue> values)
{
    TARN_TRY_VOID(begin(values));
    const Result<bool> row = next();
    end();
    if (!row) return row.error();
    return ok();
}

bool SqlStatement::isNull(int column) const
{
    return sqlite3_column_type(m_statement.get(), column) == SQLITE_NULL;
}

std::int64_t SqlStatement::number(int column) const
{
    return sqlite3_column_int64(m_statement.get(), column);
}

ByteView SqlStatement::bytes(int column) const
{
    const void* const data = sqlite3_column_blob(m_statement.get(), column);
    const int size = sqlite3_column_bytes(m_statement.get(), column);
    return ByteView(static_cast<const std::byte*>(data), static_cast<std::size_t>(size));
}

// --- the file ---

void SqlDatabase::Closer::operator()(sqlite3* database) const noexcept
{
    sqlite3_close_v2(database);
}

Result<SqlDatabase> SqlDatabase::openBlocking(const std::string& path)
{
    {
        const FileDescriptor made(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
        if (!made) return errnoError(errno, "cannot open " + nameOf(path));
    }
    sqlite3* opened = nullptr;
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_FULLMUTEX;
    const int code = sqlite3_open_v2(path.c_str(), &opened, flags, nullptr);
    SqlDatabase database(opened);
    if (code != SQLITE_OK) return sqlError(opened).within(nameOf(path));
    sqlite3_busy_timeout(opened, kPatienceMs);
    sqlite3_extended_result_codes(opened, 1);
    const Result<void> set = database.script("PRAGMA journal_mode = WAL;"
                                             "PRAGMA synchronous = NORMAL;" // see sync()
                                             "PRAGMA temp_store = MEMORY;"
                                             "PRAGMA foreign_keys = OFF;");
    if (!set) return Error(set.error()).within(nameOf(path));
    return database;
}

Result<void> SqlDatabase::sync()
{
    // Its own way to the write-ahead log, which with synchronous = FULL every commit takes.
    sqlite3_file* log = nullptr;
    int code = sqlite3_file_control(m_database.get(), "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
    const bool opened = log != nullptr && log->pMethods != nullptr;
    if (code == SQLITE_OK && opened) code = log->pMethods->xSync(log, SQLITE_SYNC_NORMAL);
    if (code != SQLITE_OK) return sqlError(m_database.get(), code, sqlite3_errstr(code));
    return ok();
}

Result<void> SqlDatabase::script(const std::string& text)
{
    if (sqlite3_exec(m_database.get(), text.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
        return sqlError(m_database.get());
    return ok();
}

Result<SqlStatement> SqlDatabase::prepare(std::string_view text) const
{
    sqlite3_stmt* prepared = nullptr;
    if (sqlite3_prepare_v3(m_database.get(), text.data(), static_cast<int>(text.size()),
                           SQLITE_PREPARE_PERSISTENT, &prepared, nullptr) != SQLITE_OK)
        return sqlError(m_database.get());
    SqlStatement out;
    out.m_statement.reset(prepared);
    return out;
}

std::int64_t SqlDatabase::lastRow() const
{
    return sqlite3_last_insert_rowid(m_database.get());
}

std::int64_t SqlDatabase::changes() const
{
    return sqlite3_changes(m_database.get());
}

} // namespace tarn::storage
