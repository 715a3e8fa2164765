// crash_history: what a store was asked and what it acknowledged, and so what may be found after a
// crash: everything acknowledged, and of the rest each change as a whole or not at all.
#pragma once

#include "tests/support/disk_image.h"

#include <functional>
#include <limits>

namespace tarn::test {

/// What changes as a whole: the path of a file, or a directory for all files below it.
using Unit = std::string;
/// Where all shares are.
inline const Unit kEverything = "shares";

class CrashHistory
{
public:
    /// \param now   the time, in operations recorded.
    /// \param look  the files of a unit as the store sees them now.
    CrashHistory(std::function<std::size_t()> now, std::function<Files(const Unit&)> look)
        : m_now(std::move(now)), m_look(std::move(look))
    {
    }

    enum class Whole {
        Yes,
        Mixture, ///< until acknowledged every byte may be the old or the new one
    };
    /// Whatever is there now and is in no unit that changes must stay as it is.
    void keepRest() { m_kept = m_look(kEverything); }
    /// A change of the unit begins, one at a time for each; or one that was not acknowledged is
    /// asked for again.
    void begin(const Unit& unit, Whole whole = Whole::Yes);
    /// The store said that it is done. Every change must get here in the end.
    void acknowledge(const Unit& unit);

    /// \param shares  every file below shares/ after a crash at `moment` and the start after it.
    /// \return "" when it may be so, else what is wrong.
    std::string judge(const Files& shares, std::size_t moment) const;

private:
    static constexpr std::size_t kNever = std::numeric_limits<std::size_t>::max();
    struct Change
    {
        std::size_t begun = 0;
        std::size_t acknowledged = kNever;
        Whole whole = Whole::Yes;
        Files after;
    };
    struct Line
    {
        Files before;
        std::vector<Change> changes;
    };
    static bool mayBe(const Line& line, const Files& found, std::size_t moment);
    static bool isMixture(const Files& before, const Files& after, const Files& found);

    std::function<std::size_t()> m_now;
    std::function<Files(const Unit&)> m_look;
    std::map<Unit, Line> m_lines;
    Files m_kept;
};

/// Those of `files` that belong to the unit.
Files filesOf(const Files& files, const Unit& unit);

} // namespace tarn::test
