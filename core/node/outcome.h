// outcome: how a program tells the one who started it what came of it.
#pragma once

#include "core/base/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace tarn::node {

enum class ExitCode : int { Ok = 0, Failed = 1, BadUsage = 2 };

/// BadUsage for InvalidInput (command line, configuration, keys), Failed for everything else.
ExitCode exitCodeOf(const Error& error);

/// The lines of the message: a configuration can have several problems. Of the error's lifetime.
std::vector<std::string_view> problemsOf(const Error& error);

/// "PROGRAM: problem" on standard error, a line for each.
ExitCode printFailure(std::string_view program, const Error& error);
/// The text on standard output, or the failure.
ExitCode printOutcome(std::string_view program, const Result<std::string>& text);

} // namespace tarn::node
