// publisher: encodes a version and writes it over the servers, atomically against other writers.
// Source: spec of mutable files, section 7; allmydata.mutable.publish.
#pragma once

#include "client-gateway/mutable/share_goal.h"
#include "client-gateway/mutable/version_encoder.h"

namespace tarn::gateway {

/// Writes the whole of `plain` as the version after the highest known one.
/// \return its sequence number.  Conflict: somebody else wrote meanwhile.  Unhappy: fewer than k
///         shares found a server, or the owner's own disk did not take it.  TooLarge, InvalidInput,
///         NoSpace, the errors of `plain`.
asio::awaitable<Result<std::uint64_t>> publishVersion(MutableParts parts, Publication what,
                                                      PlainSource& plain);

/// Those that may be written to, in permuted order; for an owner with a home of its own, only those
/// that said what they have.
std::vector<ServerPtr> usableServers(const MutableParts& parts, const Publication& what);

/// Which shares go to which of `usable`. \param placed  numbers that need no home any more.
std::vector<ServerGoal> goalsOf(const MutableParts& parts, const Publication& what,
                                const std::vector<ServerPtr>& usable,
                                const std::set<ShareNumber>& placed);

/// The same of a file whose key is not known yet; `counts.happy` is not used.
std::vector<ServerGoal> goalsFor(const MutableParts& parts, StorageIndex index,
                                 const ServerMap& map, PlacementCounts counts,
                                 const std::vector<ServerPtr>& usable,
                                 const std::set<ShareNumber>& placed);

/// Unhappy: only `placed` shares found a server. \param usable  servers that did not fail.
/// \param problems  of those that did, each after "; ".
Error notEnoughServers(const MutableParts& parts, const Publication& what, std::size_t placed,
                       const std::vector<ServerPtr>& usable, std::string problems);

} // namespace tarn::gateway
