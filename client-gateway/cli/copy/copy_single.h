// copy_single: `tarn cp` of one file to one file.
#pragma once

#include "client-gateway/cli/copy/copy_place.h"
#include "client-gateway/cli/copy/copy_target.h"

namespace tarn::gateway::cli {

/// A mutable file on the grid is overwritten in place; an immutable one of the grid is linked
/// there, not read. \return what went wrong.
Result<void> copySingle(const Place& from, const Place& to, CopyRun& run);

} // namespace tarn::gateway::cli
