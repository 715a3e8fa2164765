#include "client-gateway/upload/upload.h"

namespace tarn::gateway {

Result<void> EncodingParameters::check() const
{
    const auto refused = [](const std::string& what) {
        return Error(ErrorCode::InvalidInput, "encoding: " + what);
    };
    if (total < 1 || total > 256) return refused("total must be 1 to 256");
    if (needed < 1 || needed > total) return refused("needed must be 1 to total");
    if (happy > total) return refused("happy must be 0 to total");
    if (segmentSize < 1) return refused("segment_size must be at least 1 byte");
    return ok();
}

} // namespace tarn::gateway
