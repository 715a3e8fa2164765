// awake_time: when this node ran and was awake lately. Who waits for others can only have missed
// them then. Pure, but for the text that is kept of it.
#pragma once

#include "core/base/clock.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::profiles {

class AwakeTime
{
public:
    /// Nobody looked for longer: it slept, or did not run.
    static constexpr Duration kLongestGap = std::chrono::minutes(1);
    /// So long after a start or after sleep others may still be on their way.
    static constexpr Duration kGrace = std::chrono::minutes(10);
    /// Times without a gap that are remembered; who forgets more waits longer.
    static constexpr std::size_t kMostSpans = 512;

    /// It is awake now. Called more often than every kLongestGap.
    void note(WallTime now);
    /// What began then or earlier has had `patience` of this node's time since. \return nothing:
    /// there is no such moment, or the grace is not over.
    std::optional<WallTime> waitedSince(Duration patience, WallTime now) const;

    /// A line for each time without a gap: UNIX UNIX. parse() skips what it does not understand.
    std::string text() const;
    static AwakeTime parse(std::string_view text);

private:
    struct Span
    {
        WallTime begin{};
        WallTime end{};
    };
    std::vector<Span> m_spans; ///< ascending, disjoint
};

} // namespace tarn::profiles
