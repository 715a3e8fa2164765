// daemon_main: what the mains of all daemons share: their options, the log, the exit code.
#pragma once

#include "core/base/log.h"
#include "core/node/doctor/finding.h"
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
    std::string logLevel;  ///< empty: as configured
    std::string logFormat; ///< empty: as configured
    bool checkConfig = false;
    bool explain = false;
    bool doctor = false;
    bool json = false; ///< of doctor
};

/// \param configName  "storage.toml".  \param stateHolds  "keys, shares": for --help.
void addDaemonOptions(CLI::App& app, DaemonArguments& arguments, const std::string& configName,
                      const std::string& stateHolds);

/// Prints what was found. \return Failed when there is a problem.
node::ExitCode printFindings(const DaemonArguments& arguments,
                             const node::doctor::Findings& findings);

/// What the command line says of the log takes the place of what the file says, at reloads too.
/// \return InvalidInput: no such level or format.
Result<void> overrideLog(const DaemonArguments& arguments, log::Settings& settings);

/// The whole of main(): parses, sets the log up, runs. \return the process's exit code.
int runMain(CLI::App& app, int argc, char** argv, const DaemonArguments& arguments,
            const std::function<node::ExitCode()>& run);

} // namespace tarn::profiles
