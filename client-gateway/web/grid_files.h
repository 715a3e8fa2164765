// grid_files: the web API's files and directories on a real grid.
#pragma once

#include "client-gateway/dirs/directories.h"
#include "client-gateway/dirs/grid_immutable_files.h"
#include "client-gateway/grid.h"
#include "client-gateway/web/file_service.h"
#include "client-gateway/web/guarded_files.h"

namespace tarn::gateway::web {

/// Engine thread. The grid, the clock, the random source and the pools outlive it.
class GridFiles final : public FileService
{
public:
    /// \param blacklist  path of access.blacklist; need not exist.
    GridFiles(Grid& grid, Clock& clock, Random& random, WorkPool& cpu, WorkPool& disk,
              std::string blacklist);
    ~GridFiles() override;
    GridFiles(const GridFiles&) = delete;
    GridFiles& operator=(const GridFiles&) = delete;

    /// What the daemon knows besides the grid.
    struct Besides
    {
        std::function<void()> onRequest;                   ///< called before each request
        std::function<std::vector<ServerView>()> unusable; ///< servers that are known and no more
        FirstHome* firstHome = nullptr;                    ///< the grid's; null: none
    };
    void setBesides(Besides besides) { m_besides = std::move(besides); }

    /// For uploads that begin from now on.
    void setEncoding(const EncodingParameters& encoding);

    asio::awaitable<Result<UploadResult>> upload(UploadSource& source,
                                                 UploadStatus& status) override;
    Result<std::shared_ptr<Download>> open(std::string_view readCap) override;
    asio::awaitable<Result<CheckResult>> check(std::string cap, CheckOptions options) override;
    asio::awaitable<Result<RepairResult>> checkAndRepair(std::string cap,
                                                         CheckOptions options) override;
    asio::awaitable<Result<Holders>> holders(storage_api::ShareKind kind,
                                             StorageIndex index) override
    {
        return m_grid.holders(kind, index);
    }
    MutableService& mutableFiles() override { return m_mutableFiles; }
    DirectoryService& directories() override { return m_directories; }
    ImmutableFiles& immutableFiles() override { return m_guardedFiles; }
    bool prohibits(const std::string& storageIndex) const override
    {
        return m_blacklist.names(storageIndex);
    }
    std::vector<ServerView> servers() const override;
    EncodingParameters encoding() const override { return m_encoding; }
    asio::awaitable<std::optional<OwnDisk>> ownDisk() override;
    std::string freshHandle() override;
    std::unique_ptr<Spool> spool() override { return m_grid.makeSpool(); }
    History& history() override { return m_history; }
    asio::awaitable<void> refresh() override;

private:
    Grid& m_grid;
    Clock& m_clock;
    Random& m_random;
    EncodingParameters m_encoding;
    Blacklist m_blacklist;
    History m_history;
    GuardedMutableFiles m_mutableFiles;
    GridImmutableFiles m_immutableFiles; ///< of the directories
    GuardedImmutableFiles m_guardedFiles;
    Directories m_directories;
    Besides m_besides;
};

} // namespace tarn::gateway::web
