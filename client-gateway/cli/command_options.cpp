#include "client-gateway/cli/command_options.h"

namespace tarn::gateway::cli {

Stop misuse(const std::string& text)
{
    return Stop{kBadUsage, false, false, text};
}

} // namespace tarn::gateway::cli
