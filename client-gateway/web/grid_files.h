// grid_files: the web API's files on a real grid.
#pragma once

#include "client-gateway/grid.h"
#include "client-gateway/web/file_service.h"

namespace tarn::gateway::web {

/// Engine thread. The grid outlives it.
class GridFiles final : public FileService
{
public:
    explicit GridFiles(Grid& grid) : m_grid(grid), m_encoding(grid.settings().encoding) {}

    /// For uploads that begin from now on.
    void setEncoding(const EncodingParameters& encoding) { m_encoding = encoding; }

    asio::awaitable<Result<UploadResult>> upload(UploadSource& source,
                                                 UploadStatus& status) override;
    Result<std::shared_ptr<Download>> open(std::string_view readCap) override;
    asio::awaitable<Result<CheckResult>> check(std::string cap, CheckOptions options) override;
    asio::awaitable<Result<RepairResult>> checkAndRepair(std::string cap,
                                                         CheckOptions options) override;
    std::vector<ServerView> servers() const override;
    EncodingParameters encoding() const override { return m_encoding; }

private:
    Grid& m_grid;
    EncodingParameters m_encoding;
};

} // namespace tarn::gateway::web
