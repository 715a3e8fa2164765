// progress: the progress bar of a transfer: bytes, rate, time left.
#pragma once

#include "core/base/clock.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace tarn::gateway::cli {

struct Progress
{
    std::uint64_t done = 0;             ///< bytes
    std::optional<std::uint64_t> total; ///< bytes, where known
    Duration elapsed{};
};

/// "12.3 MB of 100.0 MB [====      ] 12 %  45.6 MB/s  0:02 left", cut to `columns`. Pure.
std::string progressLine(const Progress& progress, std::size_t columns);

/// Draws the bar over and over on one line, at most four times a second.
class ProgressBar
{
public:
    /// \param draw  writes to the terminal; empty: no terminal, draw nothing.
    ProgressBar(Clock& clock, std::function<void(const std::string&)> draw,
                std::optional<std::uint64_t> total);

    void setTotal(std::uint64_t bytes) { m_progress.total = bytes; }
    void advance(std::uint64_t bytes);
    /// Clears the line.
    void finish();

private:
    void show();

    Clock& m_clock;
    std::function<void(const std::string&)> m_draw;
    Progress m_progress;
    TimePoint m_started;
    TimePoint m_nextDraw;
    bool m_drawn = false;
};

} // namespace tarn::gateway::cli
