// daemon_main: what the mains of all daemons share: their options, the log, the exit code.
#pragma once

#include "core/node/outcome.h"

#include <functional>
#include <string>

namespace CLI {
class App;
}

namespace tarn::profiles {

struct DaemonArguments
{
    std::string config;
    std::string state;
    std::string logLevel = "info";
    std::string logFormat = "text";
    bool checkConfig = false;
    bool explain = false;
};

/// \param configName  "storage.toml".  \param stateHolds  "keys, shares": for --help.
void addDaemonOptions(CLI::App& app, DaemonArguments& arguments, const std::string& configName,
                      const std::string& stateHolds);

/// The whole of main(): parses, sets the log up, runs. \return the process's exit code.
int runMain(CLI::App& app, int argc, char** argv, const DaemonArguments& arguments,
            const std::function<node::ExitCode()>& run);

} // namespace tarn::profiles
