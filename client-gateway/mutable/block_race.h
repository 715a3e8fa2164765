// block_race: the same segments' blocks from any k shares of a version; a share that takes much
// longer than the others gets a second one beside it, and the quicker one counts.
#pragma once

#include "client-gateway/mutable/share_copy.h"

namespace tarn::gateway {

struct StoredRun
{
    CopyPtr copy;
    Bytes stored; ///< not yet verified
};

/// Reads until `have` and what is read are k distinct shares. Copies that fail are rejected.
/// \param usual  how long the slowest of the last race took; updated.
/// \return NotEnoughShares: no usable copies are left.
asio::awaitable<Result<std::vector<StoredRun>>>
raceBlocks(std::shared_ptr<const VersionFacts> version, std::vector<CopyPtr> copies,
           pipeline::MutableSpan span, std::vector<StoredRun> have, Duration& usual);

} // namespace tarn::gateway
