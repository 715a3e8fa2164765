// backup_run: stores a scanned tree as immutable directories, the deepest first, and uses again
// what earlier runs stored. Source: allmydata.scripts.tahoe_backup.
#pragma once

#include "client-gateway/cli/backup/backup_scan.h"
#include "client-gateway/cli/backup_database.h"
#include "client-gateway/cli/blocking_gateway.h"
#include "client-gateway/cli/progress.h"

#include <functional>
#include <map>

namespace tarn::gateway::cli {

struct BackupCounts
{
    std::uint64_t filesCreated = 0;
    std::uint64_t filesReused = 0;
    std::uint64_t filesSkipped = 0;
    std::uint64_t filesChecked = 0;
    std::uint64_t directoriesCreated = 0;
    std::uint64_t directoriesReused = 0;
    std::uint64_t directoriesSkipped = 0;
    std::uint64_t directoriesChecked = 0;
};

class BackupRun
{
public:
    struct Needs
    {
        BlockingGateway& web;
        BackupDatabase& database;
        ProgressBar& progress;
        bool ignoreTimestamps = false;
        std::function<void(const std::string&)> tell; ///< what is done, for --verbose
        std::function<void(const BackupSkip&)> warn;
    };
    explicit BackupRun(Needs needs) : m_needs(std::move(needs)) {}

    /// \return the capability of the root.  Otherwise the gateway's refusal of some object: then
    ///         the objects stored before are known to the database.
    Result<std::string> store(const BackupTree& tree);
    const BackupCounts& counts() const { return m_counts; }

private:
    /// What a directory will hold: name to capability and description.
    struct Child
    {
        bool isDirectory = false;
        std::string cap;
        const LocalInfo* info = nullptr;
    };
    using Children = std::map<std::string, Child>;

    /// As BlockingGateway::Attempt.
    asio::awaitable<bool> storeFile(const BackupEntry& file, bool last);
    asio::awaitable<Result<std::string>> capOfFile(const BackupEntry& file);
    asio::awaitable<Result<std::string>> uploadFile(const BackupEntry& file);
    void storeFiles(const BackupTree& tree);
    void storeLevel(const BackupTree& tree, const std::vector<std::size_t>& level,
                    std::string& root);
    asio::awaitable<void> storeDirectory(const BackupEntry& directory, Children& children,
                                         std::string& cap);
    asio::awaitable<Result<std::string>> capOfDirectory(const BackupEntry& directory,
                                                        const Children& children);
    asio::awaitable<Result<bool>> isUsable(const BackupDatabase::Known& known,
                                           std::uint64_t& checked);
    static std::string bodyOf(const Children& children);
    static std::string hashOf(const Children& children);
    void skip(const BackupSkip& skipped);
    void fail(const std::string& path, Error error);

    Needs m_needs;
    BackupCounts m_counts;
    std::vector<Children> m_children;          ///< of each directory
    std::map<std::string, std::string> m_made; ///< in this run: hash to capability
    std::optional<Error> m_failure;            ///< the first one ends the run
};

} // namespace tarn::gateway::cli
