// deep_reports: what people read of streams about whole trees: manifest, deep check, statistics.
// Pure. Source: allmydata.scripts.tahoe_manifest, tahoe_check.
#pragma once

#include "client-gateway/cli/options.h"
#include "core/base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace tarn::gateway::cli {

/// \param line  one of POST ?t=stream-manifest.  \return a line, or nothing if there is nothing to
///         show of it.  PeerMisbehaved: no such line.
Result<std::string> manifestText(std::string_view line, ManifestCommand::Show show);

/// \param json  of GET /operations/... after start-deep-stats.
/// \return PeerMisbehaved: not that.
Result<std::string> deepStatsText(std::string_view json);
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
