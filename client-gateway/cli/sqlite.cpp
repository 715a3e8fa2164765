#include "client-gateway/cli/sqlite.h"

#include "core/base/file_descriptor.h"

#include <fcntl.h>
#include <sqlite3.h>

#include <cerrno>
#include <utility>

namespace tarn::gateway::cli {

namespace {

constexpr int kPatienceMs = 10'000;

struct Finalizer
{
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Statement = std::unique_ptr<sqlite3_stmt, Finalizer>;

int bind(sqlite3_stmt* statement, int at, const SqliteFile::Value& value)
{
    if (const auto* whole = std::get_if<std::int64_t>(&value))
        return sqlite3_bind_int64(statement, at, *whole);
    if (const auto* number = std::get_if<double>(&value))
        return sqlite3_bind_double(statement, at, *number);
    const auto& text = std::get<std::string>(value);
    return sqlite3_bind_text64(statement, at, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
}

SqliteFile::Row rowOf(sqlite3_stmt* statement)
{
    SqliteFile::Row row;
    const int columns = sqlite3_column_count(statement);
    for (int i = 0; i < columns; ++i) {
        SqliteFile::Cell cell;
        cell.isNull = sqlite3_column_type(statement, i) == SQLITE_NULL;
        cell.number = sqlite3_column_double(statement, i);
        const unsigned char* text = sqlite3_column_text(statement, i);
        const auto bytes = static_cast<std::size_t>(sqlite3_column_bytes(statement, i));
        if (text) cell.text.assign(text, text + bytes);
        row.push_back(std::move(cell));
    }
    return row;
}

} // namespace

void SqliteFile::Closer::operator()(sqlite3* database) const
{
    sqlite3_close_v2(database);
}

Error SqliteFile::failure() const
{
    return Error(ErrorCode::IoFailure, sqlite3_errmsg(m_database.get()));
}

Result<SqliteFile> SqliteFile::openBlocking(const std::string& path)
{
    const FileDescriptor made(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!made) return errnoError(errno, "cannot open " + path);
    sqlite3* opened = nullptr;
    const int code = sqlite3_open_v2(path.c_str(), &opened, SQLITE_OPEN_READWRITE, nullptr);
    SqliteFile file(opened);
    if (code != SQLITE_OK) return file.failure().within(path);
    sqlite3_busy_timeout(opened, kPatienceMs);
    return file;
}

Result<void> SqliteFile::script(const std::string& text)
{
    if (sqlite3_exec(m_database.get(), text.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
        return failure();
    return ok();
}

Result<void> SqliteFile::run(std::string_view statement, const std::vector<Value>& values)
{
    const Result<std::optional<Row>> row = first(statement, values);
    if (!row) return row.error();
    return ok();
}

Result<std::optional<SqliteFile::Row>> SqliteFile::first(std::string_view text,
                                                         const std::vector<Value>& values)
{
    sqlite3_stmt* prepared = nullptr;
    if (sqlite3_prepare_v2(m_database.get(), text.data(), static_cast<int>(text.size()), &prepared,
                           nullptr) != SQLITE_OK)
        return failure();
    const Statement statement(prepared);
    int at = 0;
    for (const Value& value : values) {
        if (bind(prepared, ++at, value) != SQLITE_OK) return failure();
    }
    const int code = sqlite3_step(prepared);
    if (code == SQLITE_ROW) return std::optional<Row>(rowOf(prepared));
    if (code == SQLITE_DONE) return std::optional<Row>();
    return failure();
}

} // namespace tarn::gateway::cli
