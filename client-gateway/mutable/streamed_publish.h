// streamed_publish: encodes a version and writes it over the servers while its plaintext still
// comes: the blocks of some segments are sent while the next are received and encoded. What is
// made of all of them (hash trees, signature, head) ends each share, and each share is one request
// to its server, so it becomes visible whole, or not at all.
// Source: spec of mutable files, section 7; allmydata.mutable.publish.
#pragma once

#include "client-gateway/mutable/arriving_body.h"
#include "client-gateway/mutable/version_encoder.h"

namespace tarn::gateway {

struct StreamedVersion
{
    std::uint64_t sequence = 0;
    bool whole = false; ///< every share found a server
};

/// MDMF only. \pre mayStream(), and the body's size was announced
/// Memory: two runs of segments with their blocks, and 32 bytes per block.
/// \return as publishVersion(), but for shares whose servers fail on the way: they are lost, and
///         Unhappy where fewer than k are left.  InvalidInput: not the size announced.
asio::awaitable<Result<StreamedVersion>> publishStreamed(MutableParts parts, Publication what,
                                                         ArrivingBody& body);

} // namespace tarn::gateway
