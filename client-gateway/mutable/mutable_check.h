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

/// Whether the servers that answered have what they should of the newest version: nothing older or
/// broken, each of them a share as far as there are so many, one's own enough to read it; and it is
/// of as many shares as new files. Always true without a home of one's own.
bool isSpread(const MutableParts& parts, const MutableFile& file, const ServerMap& map);

/// Writes the newest recoverable version of `map` again, as a new version.
/// \return Conflict "MustForceRepair": that would drop a newer version, or one of two of equal
///         age. The errors of reading and of publishing.
asio::awaitable<Result<void>> republish(MutableParts parts, MutableFile file, const ServerMap& map);

} // namespace tarn::gateway
