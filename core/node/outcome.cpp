#include "core/node/outcome.h"

#include <cstdio>

namespace tarn::node {

ExitCode exitCodeOf(const Error& error)
{
    return error.code() == ErrorCode::InvalidInput ? ExitCode::BadUsage : ExitCode::Failed;
}

std::vector<std::string_view> problemsOf(const Error& error)
{
    std::vector<std::string_view> out;
    std::string_view rest = error.message();
    while (true) {
        const std::size_t end = rest.find('\n');
        out.push_back(rest.substr(0, end));
        if (end == std::string_view::npos) return out;
        rest.remove_prefix(end + 1);
    }
}

ExitCode printFailure(std::string_view program, const Error& error)
{
    std::string text;
    for (const std::string_view problem : problemsOf(error))
        text.append(program).append(": ").append(problem).append("\n");
    std::fwrite(text.data(), 1, text.size(), stderr);
    return exitCodeOf(error);
}

ExitCode printOutcome(std::string_view program, const Result<std::string>& text)
{
    if (!text) return printFailure(program, text.error());
    const bool written = std::fwrite(text->data(), 1, text->size(), stdout) == text->size() &&
                         std::fflush(stdout) == 0;
    return written ? ExitCode::Ok : ExitCode::Failed;
}

} // namespace tarn::node
