// options: the command line of `tarn`, as values. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace tarn::gateway::cli {

inline constexpr int kOk = 0;
inline constexpr int kFailed = 1;
inline constexpr int kBadUsage = 2;

/// Which gateway to speak to.
struct GatewayChoice
{
    std::optional<std::string> url; ///< --gateway
    std::string stateDirectory;     ///< -d; its node.url names the gateway
};

/// put --dry-run: everything that shapes a capability.
struct DryRun
{
    std::uint32_t needed = 3;
    std::uint32_t total = 10;
    std::uint64_t segmentSize = 1'048'576;  ///< bytes
    std::optional<std::string> convergence; ///< base32; absent: the state directory's
};

struct PutCommand
{
    std::string file; ///< "-": standard input
    std::optional<DryRun> dryRun;
};

/// Where the capability comes from: an argument, or a file so that no process list shows it.
struct CapSource
{
    std::string text; ///< the capability itself; unused with `file`
    std::string file; ///< "-": standard input
};

struct GetCommand
{
    CapSource cap;
    std::string file; ///< "-": standard output
};

struct CheckCommand
{
    CapSource cap;
    bool verify = false;
    bool repair = false;
    bool addLease = false;
};

struct StatusCommand
{
};

using Command = std::variant<PutCommand, GetCommand, CheckCommand, StatusCommand>;

struct Options
{
    GatewayChoice gateway;
    bool json = false;
    bool quiet = false; ///< no progress, no messages but errors
    Command command;
};

/// Nothing to run: help, version, or a mistake.
struct Stop
{
    int exitCode = kOk;
    std::string text; ///< for stdout when the code is kOk, else for stderr
};

/// \param arguments           without the program's name.
/// \param environmentState    value of TARN_STATE; empty if unset.
std::variant<Options, Stop> parseOptions(std::vector<std::string> arguments,
                                         const std::string& environmentState);

} // namespace tarn::gateway::cli
