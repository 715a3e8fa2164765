// cpu_monitor: how much processor time this process takes: together, and on average over the last
// minutes. Source: spec 08 section 8; allmydata.stats.CPUUsageMonitor.
#pragma once

#include "core/base/clock.h"

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>

namespace tarn::gateway::web {

/// Of all threads of this process since its start.
Duration processCpuTime();

/// Engine thread. The clock outlives it.
class CpuMonitor
{
public:
    /// The seam through which processor time enters; it never goes back.
    using CpuTime = std::function<Duration()>;

    explicit CpuMonitor(Clock& clock, CpuTime cpuTime = processCpuTime);

    /// Looks now and every minute, until it is cancelled.
    asio::awaitable<void> watch();

    /// "cpu_monitor.total": seconds since this was made. "cpu_monitor.1min_avg", 5min, 15min: of
    /// one processor, 0 to their number; absent until it has watched for so long.
    std::map<std::string, double> stats() const;

private:
    struct Sample
    {
        TimePoint when;
        Duration used;
    };

    void look();
    std::optional<double> average(std::size_t minutes) const;

    Clock& m_clock;
    CpuTime m_cpuTime;
    Duration m_initial;
    std::deque<Sample> m_samples; ///< oldest first
};

} // namespace tarn::gateway::web
