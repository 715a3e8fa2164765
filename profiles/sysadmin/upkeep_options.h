// upkeep_options: `tarn-storage scrub ...` and `drain ...` on the command line.
#pragma once

#include "storage-server/upkeep_command.h"

#include <optional>

namespace CLI {
class App;
}

namespace tarn::profiles {

/// \param chosen  set when one of them is parsed; outlives `app`.
void addUpkeepCommands(CLI::App& app, std::optional<storage::UpkeepCommand>& chosen);

} // namespace tarn::profiles
