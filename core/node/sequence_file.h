// sequence_file: the last sequence number that this node signed with, kept so that numbers rise
// whatever the clock does (gossip::nextSequence). Blocking.
#pragma once

#include "core/base/clock.h"
#include "core/node/state_dir.h"

namespace tarn::node {

/// The next number, written to disk before it is used.
/// \param atLeast  greater than what others hold already: after the file was lost.
/// \return InvalidInput: the file holds no number.  IoFailure.
Result<std::uint64_t> takeSequence(const StateDir& dir, std::uint64_t atLeast, WallTime now);

} // namespace tarn::node
