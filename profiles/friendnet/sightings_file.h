// sightings_file: what was seen of own files, over restarts: a file of the state directory.
#pragma once

#include "core/node/state_dir.h"
#include "profiles/friendnet/sightings.h"

namespace tarn::profiles {

inline constexpr std::string_view kSightingsFile = "sightings"; ///< the keeper's

/// What cannot be read is logged: it is seen anew. Blocking.
Sightings readSightingsBlocking(const node::StateDir& dir, std::string_view name = kSightingsFile);
/// Blocking. \return TooLarge: it could not be read back. The errors of the disk.
Result<void> writeSightingsBlocking(const node::StateDir& dir, const std::string& text,
                                    std::string_view name = kSightingsFile);

} // namespace tarn::profiles
