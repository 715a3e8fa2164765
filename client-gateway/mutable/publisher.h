// publisher: encodes a version and writes it over the servers, atomically against other writers.
// Source: spec of mutable files, section 7; allmydata.mutable.publish.
#pragma once

#include "client-gateway/mutable/plain_source.h"
#include "client-gateway/mutable/share_goal.h"
#include "client-gateway/mutable/share_images.h"
#include "core/pipeline/mutable/encode_segments.h"

namespace tarn::gateway {

/// What a new version follows.
struct Publication
{
    const MutableFile& file; ///< with its write key
    const crypto::RsaKey& key;
    const ServerMap& map; ///< of mode Write or Check; empty for a new file
    std::uint32_t needed = 0;
    std::uint32_t total = 0;
};

/// Writes the whole of `plain` as the version after the highest known one. Memory: a run of
/// segments, and 32 bytes per block; the blocks themselves are ShareImages'.
/// \return its sequence number.  Conflict: somebody else wrote meanwhile.  Unhappy: fewer than k
///         shares found a server.  TooLarge, InvalidInput, NoSpace, the errors of `plain`.
asio::awaitable<Result<std::uint64_t>> publishVersion(MutableParts parts, Publication what,
                                                      PlainSource& plain);

} // namespace tarn::gateway
