// log_file: keeps a daemon's own log file small, where it was started with one as its standard
// output and error. Blocking.
#pragma once

#include "core/base/result.h"

#include <cstdint>
#include <string>

namespace tarn::node {

/// Where standard error is the file at `path` and that has more than `mostBytes`: from now on both
/// outputs go to a new one, and the old one is PATH.1, in place of the one before.
/// \return whether that was so.  IoFailure: all stays as it is.
Result<bool> boundLogBlocking(const std::string& path, std::uint64_t mostBytes);

} // namespace tarn::node
