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

/// How the newest version lies on the servers that answered.
struct Spread
{
    bool asNewFiles = true; ///< it is of as many shares as new files
    /// Who has something older or broken, or copies that nobody needs; who has none, though a
    /// writer would give it some; one's own, with too few to read the file.
    std::set<std::string> lacking;
};
/// Of a file that can be recovered, for an owner with a home of its own: else nobody lacks
/// anything.
Spread spreadOf(const MutableParts& parts, const MutableFile& file, const ServerMap& map);

/// Writes the newest recoverable version of `map` again, as a new version.
/// \return Conflict "MustForceRepair": that would drop a newer version, or one of two of equal
///         age. The errors of reading and of publishing.
asio::awaitable<Result<void>> republish(MutableParts parts, MutableFile file, const ServerMap& map);

} // namespace tarn::gateway
