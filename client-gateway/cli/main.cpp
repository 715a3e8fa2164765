// tarn: the command line client of a gateway.
#include "client-gateway/cli/commands.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>

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

int run(const Options& options)
{
    Console console = makeConsole();
    SystemClock clock;
    Session session(options, console, clock);
    asio::io_context engine;
    int code = kFailed;
    std::exception_ptr thrown;
    asio::co_spawn(engine, runCommand(session), [&](std::exception_ptr failure, int result) {
        thrown = failure;
        code = result;
        engine.stop();
    });
    engine.run();
    if (thrown) {
        print(stderr, "tarn: an unexpected failure; please report it\n");
        return kFailed;
    }
    return code;
}

} // namespace

int main(int argc, char** argv)
{
    std::signal(SIGPIPE, SIG_IGN);
    const char* state = std::getenv("TARN_STATE");
    const std::variant<Options, Stop> parsed =
        parseOptions(std::vector<std::string>(argv + 1, argv + argc), state ? state : "");
    if (const auto* stop = std::get_if<Stop>(&parsed)) {
        print(stop->exitCode == kOk ? stdout : stderr, stop->text);
        return stop->exitCode;
    }
    return run(std::get<Options>(parsed));
}
