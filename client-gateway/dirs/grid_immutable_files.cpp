#include "client-gateway/dirs/grid_immutable_files.h"

namespace tarn::gateway {

asio::awaitable<Result<std::string>> GridImmutableFiles::upload(UploadSource& source)
{
    UploadOptions options;
    options.encoding = m_encoding;
    UploadStatus status;
    TARN_CO_TRY(UploadResult result, co_await m_grid.upload(source, std::move(options), status));
    co_return std::move(result.readCap);
}

Result<std::shared_ptr<Download>> GridImmutableFiles::open(std::string_view readCap)
{
    return m_grid.open(readCap);
}

asio::awaitable<Result<CheckResult>> GridImmutableFiles::check(std::string cap,
                                                               CheckOptions options)
{
    return m_grid.check(std::move(cap), options);
}

asio::awaitable<Result<RepairResult>> GridImmutableFiles::checkAndRepair(std::string cap,
                                                                         CheckOptions options)
{
    return m_grid.checkAndRepair(std::move(cap), options);
}

} // namespace tarn::gateway
