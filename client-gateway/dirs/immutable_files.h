// immutable_files: what directories ask of immutable files; GridImmutableFiles answers on a grid,
// tests stand in with a map.
#pragma once

#include "client-gateway/check/check_result.h"
#include "client-gateway/download/download.h"
#include "client-gateway/upload/upload.h"

#include <memory>
#include <string>
#include <string_view>

namespace tarn::gateway {

/// Engine thread. The errors are those of Grid.
class ImmutableFiles
{
public:
    virtual ~ImmutableFiles() = default;
    /// Convergent. \return the read capability, CHK or LIT.
    virtual asio::awaitable<Result<std::string>> upload(UploadSource& source) = 0;
    /// \param readCap  CHK or LIT.
    virtual Result<std::shared_ptr<Download>> open(std::string_view readCap) = 0;
    /// \param cap  CHK or LIT, or CHK-Verifier.
    virtual asio::awaitable<Result<CheckResult>> check(std::string cap, CheckOptions options) = 0;
    virtual asio::awaitable<Result<RepairResult>> checkAndRepair(std::string cap,
                                                                 CheckOptions options) = 0;
};

} // namespace tarn::gateway
