#include "client-gateway/upload/upload.h"

#include "core/base/quantity.h"

namespace tarn::gateway {

Result<void> EncodingParameters::check() const
{
    const auto refused = [](const std::string& what) {
        return Error(ErrorCode::InvalidInput, "encoding: " + what);
    };
    if (total < 1 || total > 256) return refused("total must be 1 to 256");
    if (needed < 1 || needed > total) return refused("needed must be 1 to total");
    if (happy > total) return refused("happy must be 0 to total");
    Result<void> segment = checkSegmentSize();
    if (!segment) return std::move(segment).error().within("encoding: segment_size");
    return ok();
}

Result<void> EncodingParameters::checkSegmentSize() const
{
    const auto refused = [](const std::string& what) {
        return Error(ErrorCode::InvalidInput, what);
    };
    if (segmentSize < 1 || segmentSize > kMaxSegmentSize)
        return refused("expected 1 byte to " + byteSizeText(kMaxSegmentSize) + ", got " +
                       byteSizeText(segmentSize));
    if (needed > 0 && segmentSize * total / needed > kMaxSegmentShares)
        return refused("expected at most " + byteSizeText(kMaxSegmentShares * needed / total) +
                       " with " + std::to_string(needed) + " of " + std::to_string(total) +
                       " shares, got " + byteSizeText(segmentSize));
    return ok();
}

} // namespace tarn::gateway
