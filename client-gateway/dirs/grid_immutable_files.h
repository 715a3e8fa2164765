// grid_immutable_files: the immutable files of directories on a real grid.
#pragma once

#include "client-gateway/dirs/immutable_files.h"
#include "client-gateway/grid.h"

namespace tarn::gateway {

/// Engine thread. The grid outlives it.
class GridImmutableFiles final : public ImmutableFiles
{
public:
    explicit GridImmutableFiles(Grid& grid) : m_grid(grid), m_encoding(grid.settings().encoding) {}

    /// For uploads that begin from now on.
    void setEncoding(const EncodingParameters& encoding) { m_encoding = encoding; }

    asio::awaitable<Result<std::string>> upload(UploadSource& source) override;
    Result<std::shared_ptr<Download>> open(std::string_view readCap) override;
    asio::awaitable<Result<CheckResult>> check(std::string cap, CheckOptions options) override;
    asio::awaitable<Result<RepairResult>> checkAndRepair(std::string cap,
                                                         CheckOptions options) override;

private:
    Grid& m_grid;
    EncodingParameters m_encoding;
};

} // namespace tarn::gateway
