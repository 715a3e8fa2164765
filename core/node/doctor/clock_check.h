// clock_check: what the Date headers of peers say of this machine's clock. Pure, any thread.
#pragma once

#include "core/base/clock.h"
#include "core/node/doctor/finding.h"

#include <string>
#include <vector>

namespace tarn::node::doctor {

/// Announcements from more than 10 minutes ahead are refused by introducers and by gateways.
inline constexpr Duration kClockTolerance = std::chrono::minutes(5);

struct ClockReading
{
    std::string peer; ///< who
    Duration ahead{}; ///< how far their clock is before this machine's; negative: behind
};

/// "clock": the median of the readings against this machine's clock. A single peer that differs
/// from a majority is named, and no problem of this machine.
Finding checkClock(std::vector<ClockReading> readings);

} // namespace tarn::node::doctor
