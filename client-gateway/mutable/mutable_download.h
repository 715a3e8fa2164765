// mutable_download: one version of a mutable file as a Download.
#pragma once

#include "client-gateway/mutable/version_reader.h"

namespace tarn::gateway {

/// The newest recoverable version, found with as few questions as needed.
asio::awaitable<Result<std::shared_ptr<VersionReader>>> openNewest(MutableParts parts,
                                                                   MutableFile file, MapMode mode);

/// A reader of the newest recoverable version of `map`.
/// \return NoShares, NotEnoughShares: there is none.
Result<std::shared_ptr<VersionReader>> newestOf(MutableParts parts, MutableFile file,
                                                const ServerMap& map);

/// All of a version, into memory; the watcher of `parts` is told.
asio::awaitable<Result<Bytes>> retrieveWhole(MutableParts parts, MutableFile file,
                                             std::shared_ptr<VersionReader> reader);

/// Reads of `reader`, of which the watcher of `parts` is told; one that runs out of shares looks
/// for more of the same version once.
std::shared_ptr<Download> makeMutableDownload(MutableParts parts, MutableFile file,
                                              std::shared_ptr<VersionReader> reader);

} // namespace tarn::gateway
