// completion: scripts with which a shell completes the command line of `tarn`. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tarn::gateway::cli {

struct OptionShape
{
    std::vector<std::string> names; ///< "-r", "--recursive"
    std::string help;
    bool takesValue = false;
};

struct CommandShape
{
    std::string name;
    std::string help;
    std::vector<OptionShape> options;
    std::vector<CommandShape> subcommands;
};

/// \param program  all of it: global options and subcommands.
/// \param shell    "bash", "zsh" or "fish".
std::string completionScript(const CommandShape& program, std::string_view shell);

} // namespace tarn::gateway::cli
