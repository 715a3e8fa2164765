#include "client-gateway/cli/commands.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace tarn::gateway::cli {

namespace {

/// $BROWSER, else xdg-open, with the address as its only argument: no shell sees it.
Result<int> openInBrowser(const std::string& url)
{
    const char* const chosen = std::getenv("BROWSER");
    std::string program = chosen != nullptr && *chosen != '\0' ? chosen : "xdg-open";
    std::string argument = url;
    char* const arguments[] = {program.data(), argument.data(), nullptr};
    pid_t child = 0;
    const int failure =
        ::posix_spawnp(&child, program.c_str(), nullptr, nullptr, arguments, environ);
    int status = 0;
    if (failure == 0) {
        while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
        }
    }
    if (failure == 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0) return kOk;
    return Error(ErrorCode::IoFailure, "cannot start the browser '" + program +
                                           "': set BROWSER to one that is installed");
}

} // namespace

Result<int> run(Session& session, const WebopenCommand& command)
{
    std::string target = "/";
    const char* const query = command.info ? "?t=info" : "";
    if (!command.remote.empty()) {
        TARN_TRY(RemotePath remote, session.resolve(command.remote));
        if (remote.path == "/") remote.path.clear();
        target = remote.target(query);
    }
    TARN_TRY(BlockingGateway* const web, session.gateway());
    return openInBrowser(urlOf(web->address()) + target);
}

} // namespace tarn::gateway::cli
