// sightings_file: what was seen of own files, over restarts: STATE/sightings.
#pragma once

#include "core/node/state_dir.h"
#include "profiles/friendnet/sightings.h"

namespace tarn::profiles {

/// What cannot be read is logged: it is seen anew. Blocking.
Sightings readSightingsBlocking(const node::StateDir& dir);
/// Blocking. \return TooLarge: it could not be read back. The errors of the disk.
Result<void> writeSightingsBlocking(const node::StateDir& dir, const std::string& text);

} // namespace tarn::profiles
