// commands: what `tarn` does, one function per subcommand.
#pragma once

#include "client-gateway/cli/options.h"
#include "core/base/clock.h"
#include "core/base/result.h"

#include <functional>
#include <string>
#include <string_view>

namespace tarn::gateway::cli {

/// The terminal side of a command.
struct Console
{
    std::function<void(std::string_view)> out;         ///< results
    std::function<void(std::string_view)> err;         ///< messages
    std::function<void(const std::string&)> drawPiece; ///< progress; empty: no terminal
};

/// What every command is given; outlives it.
struct Session
{
    Session(const Options& theOptions, Console& theConsole, Clock& theClock)
        : options(theOptions), console(theConsole), clock(theClock)
    {
    }
    const Options& options;
    Console& console;
    Clock& clock;
};

/// \return the exit code; an error is still to be reported.
asio::awaitable<Result<int>> runPut(Session& session, const PutCommand& command);
asio::awaitable<Result<int>> runGet(Session& session, const GetCommand& command);
asio::awaitable<Result<int>> runCheck(Session& session, const CheckCommand& command);
asio::awaitable<Result<int>> runStatus(Session& session);
/// put --dry-run: offline.
Result<int> runDryRun(Session& session, const PutCommand& command);

/// Runs the chosen command and reports its error. \return the exit code.
asio::awaitable<int> runCommand(Session& session);

} // namespace tarn::gateway::cli
