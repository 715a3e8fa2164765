#include "client-gateway/cli/command_options.h"

namespace tarn::gateway::cli {

Stop misuse(const std::string& text)
{
    return Stop{kBadUsage, false, "tarn: " + text + "\nSee tarn --help.\n"};
}

} // namespace tarn::gateway::cli
