// account_options: `tarn-storage --state DIR account ...` on the command line.
#pragma once

#include "storage-server/account_command.h"

#include <optional>

namespace CLI {
class App;
}

namespace tarn::profiles {

/// \param chosen  set when such a command is given.
void addAccountCommands(CLI::App& app, std::optional<storage::AccountCommand>& chosen);

} // namespace tarn::profiles
