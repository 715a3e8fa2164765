// update_in_place: replaces a part of a mutable file. In an MDMF file of which every share is
// known only the segments that change travel; else the whole file is written anew, as a stream.
// Source: spec of mutable files, section 7; allmydata.mutable.publish.Publish.update.
#pragma once

#include "client-gateway/mutable/plain_source.h"

namespace tarn::gateway {

/// Replaces bytes from `offset` on with `patch`.
/// \return InvalidInput: `offset` lies behind the end.  As MutableService.
asio::awaitable<Result<void>> updateFile(MutableParts parts, MutableFile file, std::uint64_t offset,
                                         PlainSource& patch);

} // namespace tarn::gateway
