// tarn: the command line client of a gateway.
#include "client-gateway/cli/commands.h"
#include "client-gateway/cli/node/node_place.h"
#include "client-gateway/cli/printable.h"
#include "client-gateway/cli/reports.h"

#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>

namespace {

using namespace tarn;
using namespace tarn::gateway::cli;

/// \return errno, or 0.
int print(std::FILE* stream, std::string_view text)
{
    const bool written = std::fwrite(text.data(), 1, text.size(), stream) == text.size();
    return written && std::fflush(stream) == 0 ? 0 : errno;
}

/// \param lost  set to the errno of results that could not be printed.
Console makeConsole(int& lost, bool quiet)
{
    Console console;
    console.out = [&lost, quiet](std::string_view text) {
        if (lost == 0 && !quiet) lost = print(stdout, text);
    };
    console.err = [](std::string_view text) { print(stderr, harmless(text)); };
    if (::isatty(STDERR_FILENO) == 1)
        console.drawPiece = [](const std::string& text) { print(stderr, text); };
    return console;
}

} // namespace

int main(int argc, char** argv)
{
    std::signal(SIGPIPE, SIG_IGN);
    const char* state = std::getenv("TARN_STATE");
    std::variant<Options, Stop> parsed =
        parseOptions(std::vector<std::string>(argv + 1, argv + argc), state ? state : "");
    if (const auto* stop = std::get_if<Stop>(&parsed)) {
        print(stop->isHelp ? stdout : stderr, stop->isHelp ? stop->text : mistakeText(*stop));
        return stop->exitCode;
    }
    const char* const dataHome = std::getenv("XDG_DATA_HOME");
    const char* const home = std::getenv("HOME");
    useOnlyNodeBlocking(std::get<Options>(parsed).gateway,
                        nodesFolder(dataHome ? dataHome : "", home ? home : ""));
    int lost = 0;
    Console console = makeConsole(lost, std::get<Options>(parsed).quiet);
    SystemClock clock;
    Session session(std::get<Options>(parsed), console, clock);
    const int code = runCommand(session);
    if (lost == 0) return code;
    if (lost != EPIPE) // a reader who has seen enough is no news
        console.err(errorText(errnoError(lost, "cannot write to standard output"), false));
    return code == kOk ? kFailed : code;
}
