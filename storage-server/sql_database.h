// sql_database: a SQLite file whose statements are prepared once. Blocking; one thread at a time.
#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

struct sqlite3;
struct sqlite3_stmt;

namespace tarn::storage {

using SqlNull = std::monostate;
using SqlValue = std::variant<SqlNull, std::int64_t, ByteView, std::string_view>;

/// One statement with ?1, ?2, ... Its views of a row are good until the next call.
class SqlStatement
{
public:
    /// For a statement without rows.
    Result<void> run(std::initializer_list<SqlValue> values);
    /// Before the first row of a query.
    Result<void> begin(std::initializer_list<SqlValue> values);
    /// Goes to the next row. \return false: there is none, and the query is over.
    Result<bool> next();
    /// Ends a query before its last row.
    void end() noexcept;

    bool isNull(int column) const;
    std::int64_t number(int column) const;
    ByteView bytes(int column) const;
    std::string text(int column) const { return tarn::textOf(bytes(column)); }

private:
    friend class SqlDatabase;
    struct Finalizer
    {
        void operator()(sqlite3_stmt* statement) const noexcept;
    };
    Error failure() const;

    std::unique_ptr<sqlite3_stmt, Finalizer> m_statement;
};

class SqlDatabase
{
public:
    /// Made with mode 0600 where there is none. Write-ahead log: a commit is on disk after sync(),
    /// or when its file system was synced.
    /// \return IoFailure, NotFound: the folder.  Corrupt: no database.
    static Result<SqlDatabase> openBlocking(const std::string& path);

    /// What was committed is on disk. Not inside a transaction.
    Result<void> sync();
    /// Several statements without values.
    Result<void> script(const std::string& text);
    /// Outlived by the database.
    Result<SqlStatement> prepare(std::string_view text) const;
    /// Of the last INSERT.
    std::int64_t lastRow() const;
    /// Rows that the last statement changed.
    std::int64_t changes() const;

private:
    struct Closer
    {
        void operator()(sqlite3* database) const noexcept;
    };
    explicit SqlDatabase(sqlite3* database) : m_database(database) {}

    std::unique_ptr<sqlite3, Closer> m_database;
};

} // namespace tarn::storage
