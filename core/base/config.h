// config: a TOML file read once into plain structs, every mistake told with its place.
//
//     TARN_TRY(ConfigReader reader, readConfigFileBlocking(path));
//     ConfigTable storage = reader.table("storage");
//     config.reservedSpace = storage.byteSize("reserved_space", config.reservedSpace);
//     TARN_TRY_VOID(reader.finish());
//
// Getters never fail: a bad value leaves the fallback and is remembered. finish() then reports
// all problems at once, and every key that no getter asked for. Source: TOML 1.0 (toml.io).
#pragma once

#include "core/base/quantity.h"
#include "core/base/result.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tarn {

/// One table of the file, or of the file that was not there: then every getter gives its fallback.
/// Copies share the reader, which they keep alive.
class ConfigTable
{
public:
    /// A table inside this one. Absent reads as empty.
    ConfigTable table(std::string_view key);

    std::string string(std::string_view key, std::string fallback);
    bool boolean(std::string_view key, bool fallback);
    /// Refused outside [least, most].
    std::int64_t integer(std::string_view key, std::int64_t fallback, std::int64_t least,
                         std::int64_t most);
    /// An integer, or a text as parseByteSize() takes it. Bytes.
    std::uint64_t byteSize(std::string_view key, std::uint64_t fallback);
    std::optional<std::uint64_t> optionalByteSize(std::string_view key);
    /// A text as parseDuration() takes it.
    Duration duration(std::string_view key, Duration fallback);
    std::vector<std::string> strings(std::string_view key, std::vector<std::string> fallback);
    std::optional<HostPort> optionalAddress(std::string_view key);
    /// A missing one is a problem.
    HostPort requiredAddress(std::string_view key);
    /// One of `choices`. \return its position there, or `fallback`.
    std::size_t choice(std::string_view key, std::span<const std::string_view> choices,
                       std::size_t fallback);

    bool has(std::string_view key) const;
    /// All there are, in alphabetical order: of a table whose keys the operator chooses.
    std::vector<std::string> keys() const;
    /// Adds a problem of the caller's own, placed at `key`: "expected ..., got ...".
    void refuse(std::string_view key, const std::string& why);

private:
    friend class ConfigReader;
    struct State;
    explicit ConfigTable(std::shared_ptr<State> state) : m_state(std::move(state)) {}

    std::shared_ptr<State> m_state;
};

class ConfigReader
{
public:
    /// \param name  stands in front of every message, usually the path as given.
    /// \return InvalidInput: not TOML, with "name:line:column: ".
    static Result<ConfigReader> parse(std::string_view text, const std::string& name);

    ConfigTable root() const { return m_root; }
    ConfigTable table(std::string_view key) { return m_root.table(key); }

    /// \return InvalidInput: one line per problem, in the order of the file:
    ///         "storage.toml:7:1: [storage] unknown key 'readonyl'; accepted: directory, ..."
    Result<void> finish() const;

private:
    explicit ConfigReader(ConfigTable root) : m_root(std::move(root)) {}

    ConfigTable m_root;
};

/// \return InvalidInput: cannot be read, is not TOML, or is above 1 MiB.
Result<ConfigReader> readConfigFileBlocking(const std::string& path);

} // namespace tarn
