// tarn: the command line client of a gateway.
#include "client-gateway/cli/commands.h"

#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>

namespace {

using namespace tarn;
using namespace tarn::gateway::cli;

void print(std::FILE* stream, std::string_view text)
{
    std::fwrite(text.data(), 1, text.size(), stream);
    std::fflush(stream);
}

Console makeConsole()
{
    Console console;
    console.out = [](std::string_view text) { print(stdout, text); };
    console.err = [](std::string_view text) { print(stderr, text); };
    if (::isatty(STDERR_FILENO) == 1)
        console.drawPiece = [](const std::string& text) { print(stderr, text); };
    return console;
}

} // namespace

int main(int argc, char** argv)
{
    std::signal(SIGPIPE, SIG_IGN);
    const char* state = std::getenv("TARN_STATE");
    const std::variant<Options, Stop> parsed =
        parseOptions(std::vector<std::string>(argv + 1, argv + argc), state ? state : "");
    if (const auto* stop = std::get_if<Stop>(&parsed)) {
        print(stop->isHelp ? stdout : stderr, stop->text);
        return stop->exitCode;
    }
    Console console = makeConsole();
    SystemClock clock;
    Session session(std::get<Options>(parsed), console, clock);
    return runCommand(session);
}
