// sqlite: a SQLite database file, as values and Results. Blocking.
#pragma once

#include "core/base/result.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

struct sqlite3;

namespace tarn::gateway::cli {

class SqliteFile
{
public:
    using Value = std::variant<std::int64_t, double, std::string>;
    struct Cell
    {
        bool isNull = true;
        double number = 0; ///< what the text says, where it says a number
        std::string text;
    };
    using Row = std::vector<Cell>;

    /// Made with mode 0600 where there is none. Waits up to 10 s for another process.
    /// \return IoFailure, NotFound: the folder.
    static Result<SqliteFile> openBlocking(const std::string& path);

    /// Several statements without values. \return IoFailure: SQLite's words.
    Result<void> script(const std::string& text);
    /// One statement with ?1, ?2, ... \return IoFailure: SQLite's words.
    Result<void> run(std::string_view statement, const std::vector<Value>& values);
    /// Its first row, where there is any.
    Result<std::optional<Row>> first(std::string_view statement, const std::vector<Value>& values);

private:
    struct Closer
    {
        void operator()(sqlite3* database) const;
    };
    explicit SqliteFile(sqlite3* database) : m_database(database) {}
    Error failure() const;

    std::unique_ptr<sqlite3, Closer> m_database;
};

} // namespace tarn::gateway::cli
