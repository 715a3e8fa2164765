// session: what every command is given: options, terminal, gateway and names.
#pragma once

#include "client-gateway/cli/backup_database.h"
#include "client-gateway/cli/blocking_gateway.h"
#include "client-gateway/cli/options.h"
#include "client-gateway/cli/progress.h"
#include "client-gateway/cli/remote_path.h"

#include <functional>
#include <optional>
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

class Session
{
public:
    Session(const Options& theOptions, Console& theConsole, Clock& theClock)
        : options(theOptions), console(theConsole), clock(theClock)
    {
    }

    const Options& options;
    Console& console;
    Clock& clock;

    /// Found at the first call. \return NotFound, InvalidInput: see findGateway().
    Result<BlockingGateway*> gateway();
    /// The aliases with --dir-cap in force.
    Result<Aliases> aliases() const;
    /// See resolveRemote().
    Result<RemotePath> resolve(std::string_view argument) const;
    /// With --cap-file, its first line is the argument.
    Result<RemotePath> resolve(const RemoteSource& source) const;
    /// One request to the gateway about what an argument names.
    Result<Answer> ask(std::string method, const RemotePath& remote, std::string_view query,
                       std::string body = {});

    /// private/backupdb.sqlite of the state directory.
    Result<BackupDatabase> backupDatabase();

    /// Reports an answer that is no success. \return kFailed.
    int refused(const Answer& answer) const;
    /// Messages for people; silent with -q.
    void say(std::string_view text) const;
    ProgressBar makeProgress(std::optional<std::uint64_t> totalBytes) const;

private:
    SystemRandom m_random;
    std::optional<BlockingGateway> m_gateway;
};

} // namespace tarn::gateway::cli
