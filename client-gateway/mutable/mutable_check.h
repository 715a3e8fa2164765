// mutable_check: health and repair of a mutable file. Source: spec of mutable files, section 9.
#pragma once

#include "client-gateway/mutable/mutable_download.h"
#include "client-gateway/mutable/publisher.h"

namespace tarn::gateway {

struct MutableHealth
{
    CheckResult result;
    ServerMap map;
};

asio::awaitable<Result<MutableHealth>> checkMutable(MutableParts parts, MutableFile file,
                                                    CheckOptions options);

/// Writes the newest recoverable version of `map` again, as a new version.
/// \return Conflict "MustForceRepair": that would drop a newer version, or one of two of equal
///         age. The errors of reading and of publishing.
asio::awaitable<Result<void>> republish(MutableParts parts, MutableFile file, const ServerMap& map);

} // namespace tarn::gateway
