#include "core/node/doctor/clock_check.h"

#include <algorithm>

namespace tarn::node::doctor {

namespace {

/// "61 min", "3 h", "2 d".
std::string roughly(Duration duration)
{
    using namespace std::chrono;
    const Duration length = std::chrono::abs(duration);
    if (length < minutes(2)) return std::to_string(round<seconds>(length).count()) + " s";
    if (length < hours(3)) return std::to_string(round<minutes>(length).count()) + " min";
    if (length < hours(72)) return std::to_string(round<hours>(length).count()) + " h";
    return std::to_string(round<days>(length).count()) + " d";
}

bool differs(Duration ahead)
{
    return std::chrono::abs(ahead) > kClockTolerance;
}

std::string peersText(std::size_t count)
{
    return std::to_string(count) + (count == 1 ? " peer" : " peers");
}

} // namespace

Finding checkClock(std::vector<ClockReading> readings)
{
    if (readings.empty()) {
        return unknown("clock", "no peer told the time",
                       "see that a time service sets it: timedatectl");
    }
    const auto byTime = [](const ClockReading& a, const ClockReading& b) {
        return a.ahead < b.ahead;
    };
    std::sort(readings.begin(), readings.end(), byTime);
    const Duration median = readings[readings.size() / 2].ahead;
    if (differs(median)) {
        // Their being ahead is our being behind.
        const std::string which = median > Duration(0) ? " behind " : " ahead of ";
        return problem("clock",
                       roughly(median) + which + "what " + peersText(readings.size()) + " said",
                       "set this machine's clock and let a time service keep it: timedatectl "
                       "set-ntp true");
    }
    Finding out = fine("clock", "within " + roughly(median) + " of " + peersText(readings.size()));
    for (const ClockReading& one : readings) {
        if (!differs(one.ahead)) continue;
        out.what += "; the clock of " + one.peer + " is " + roughly(one.ahead) +
                    (one.ahead > Duration(0) ? " ahead" : " behind");
        out.step = "tell its operator";
    }
    return out;
}

} // namespace tarn::node::doctor
