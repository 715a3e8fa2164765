// deep_reports: what people read of streams about whole trees: manifest, deep check, statistics.
// Pure. Source: allmydata.scripts.tahoe_manifest, tahoe_check.
#pragma once

#include "client-gateway/cli/options.h"
#include "core/base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::gateway::cli {

/// \param line  one of POST ?t=stream-manifest.  \return a line, or nothing if there is nothing to
///         show of it.  PeerMisbehaved: no such line.
Result<std::string> manifestText(std::string_view line, ManifestCommand::Show show);

/// An object that could not be read or checked.
struct DeepFailure
{
    std::vector<std::string> path; ///< none: the root
    std::string reason;
    bool belowUnseen = false; ///< a folder that could not be listed
};
/// \param line  of either stream.  \return nothing: all is well with its object.
///         PeerMisbehaved: no such line.
Result<std::optional<DeepFailure>> failureOf(std::string_view line);
/// "tarn: PATH: REASON", one line.
std::string failureText(const DeepFailure& failure);

/// \param json  of GET /operations/... after start-deep-stats.
/// \return PeerMisbehaved: not that.
Result<std::string> deepStatsText(std::string_view json);
/// How many folders these statistics lack; 0 also of a gateway that ends at the first.
Result<std::uint64_t> unreadableFolders(std::string_view json);
/// The same JSON with "list-failed-objects": [[path, reason], ...].
Result<std::string> withFailures(std::string_view json, const std::vector<DeepFailure>& failures);
/// Whether an operation has ended. PeerMisbehaved: the answer does not tell.
Result<bool> isFinished(std::string_view json);

/// Counts the lines of POST ?t=stream-deep-check, with or without repair.
class DeepCheckReport
{
public:
    explicit DeepCheckReport(const CheckOptions& options) : m_options(options) {}

    /// \return what to print at once.  PeerMisbehaved: no such line.
    Result<std::string> take(std::string_view line);
    /// The last lines.
    std::string summary() const;
    std::uint64_t objects() const { return m_objects; }

private:
    struct Seen;
    std::string count(const Seen& seen);

    CheckOptions m_options;
    std::uint64_t m_objects = 0;
    std::uint64_t m_healthyBefore = 0;
    std::uint64_t m_healthyAfter = 0;
    std::uint64_t m_repairs = 0;
    std::uint64_t m_repaired = 0;
};

} // namespace tarn::gateway::cli
