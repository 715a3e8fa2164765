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
    std::uint64_t filesDone = 0;
    std::uint64_t filesTotal = 0; ///< 0: of one transfer, without a count of files
};

/// "12.3 MB of 100.0 MB [====      ] 12 %  45.6 MB/s  0:02 left", of several files with
/// "3 of 10 files  " in front, cut to `columns`. Pure.
std::string progressLine(const Progress& progress, std::size_t columns);

/// "12.3 MB sent, the gateway stores it [====      ] 12 %  0:12": all is sent and no answer there.
/// \param stored  how much of it, 0 to 1, where that is known. Pure.
std::string waitingLine(const Progress& progress, std::optional<double> stored,
                        std::size_t columns);

enum class ProgressStyle {
    Bar,  ///< over and over on one line of a terminal
    Lines ///< one below the other, the last one when all is done
};

/// Shows the bar at most four times a second.
class ProgressBar
{
public:
    /// \param draw  writes the text as it is; empty: draw nothing.
    ProgressBar(Clock& clock, std::function<void(const std::string&)> draw,
                std::optional<std::uint64_t> total, ProgressStyle style = ProgressStyle::Bar);

    void setTotal(std::uint64_t bytes) { m_progress.total = bytes; }
    void setFiles(std::uint64_t total) { m_progress.filesTotal = total; }
    void fileDone()
    {
        ++m_progress.filesDone;
        advance(0);
    }
    void advance(std::uint64_t bytes);
    /// These bytes of the total need not be moved.
    void skip(std::uint64_t bytes);
    /// See waitingLine().
    void wait(std::optional<double> stored);
    /// Somebody sees it.
    bool isShown() const { return static_cast<bool>(m_draw); }
    /// Makes room for other output on the line of the bar.
    void clear();
    void finish();

private:
    void show();
    void draw(const std::string& line);

    Clock& m_clock;
    std::function<void(const std::string&)> m_draw;
    ProgressStyle m_style;
    Progress m_progress;
    TimePoint m_started;
    TimePoint m_nextDraw;
    bool m_drawn = false;
};

} // namespace tarn::gateway::cli
