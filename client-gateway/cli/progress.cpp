#include "client-gateway/cli/progress.h"

#include "core/base/quantity.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace tarn::gateway::cli {

namespace {

constexpr Duration kInterval = std::chrono::milliseconds(250);
constexpr std::size_t kColumns = 79;
constexpr std::size_t kBarCells = 20;

std::string timeText(double seconds)
{
    const auto whole = static_cast<std::uint64_t>(std::clamp(seconds, 0.0, 3.6e6));
    std::array<char, 32> text{};
    if (whole >= 3600) {
        std::snprintf(text.data(), text.size(), "%u:%02u:%02u", unsigned(whole / 3600),
                      unsigned(whole / 60 % 60), unsigned(whole % 60));
    } else {
        std::snprintf(text.data(), text.size(), "%u:%02u", unsigned(whole / 60),
                      unsigned(whole % 60));
    }
    return text.data();
}

std::string bar(double share)
{
    const auto cells = static_cast<std::size_t>(share * static_cast<double>(kBarCells));
    return " [" + std::string(cells, '=') + std::string(kBarCells - cells, ' ') + "] " +
           std::to_string(static_cast<unsigned>(share * 100)) + " %";
}

} // namespace

std::string progressLine(const Progress& progress, std::size_t columns)
{
    const auto done = static_cast<double>(progress.done);
    const double seconds = std::chrono::duration<double>(progress.elapsed).count();
    const double rate = seconds > 0 ? done / seconds : 0;
    std::string line;
    if (progress.filesTotal > 0) {
        line = std::to_string(progress.filesDone) + " of " + std::to_string(progress.filesTotal) +
               " files  ";
    }
    line += humanSize(progress.done);
    if (progress.total) {
        const auto total = static_cast<double>(*progress.total);
        line += " of " + humanSize(*progress.total);
        line += bar(total > 0 ? std::min(1.0, done / total) : 1.0);
        line += "  " + humanSize(static_cast<std::uint64_t>(rate)) + "/s";
        if (rate > 0) line += "  " + timeText(std::max(0.0, total - done) / rate) + " left";
    } else {
        line += "  " + humanSize(static_cast<std::uint64_t>(rate)) + "/s  " + timeText(seconds);
    }
    return line.substr(0, columns);
}

std::string waitingLine(const Progress& progress, std::optional<double> stored, std::size_t columns)
{
    const double seconds = std::chrono::duration<double>(progress.elapsed).count();
    std::string line = humanSize(progress.done) + " sent, the gateway stores it";
    if (stored) line += bar(std::clamp(*stored, 0.0, 1.0));
    return (line + "  " + timeText(seconds)).substr(0, columns);
}

ProgressBar::ProgressBar(Clock& clock, std::function<void(const std::string&)> draw,
                         std::optional<std::uint64_t> total, ProgressStyle style)
    : m_clock(clock), m_draw(std::move(draw)), m_style(style), m_started(clock.now()),
      m_nextDraw(m_started + kInterval)
{
    m_progress.total = total;
}

void ProgressBar::advance(std::uint64_t bytes)
{
    m_progress.done += bytes;
    if (!m_draw || m_clock.now() < m_nextDraw) return;
    m_nextDraw = m_clock.now() + kInterval;
    show();
}

void ProgressBar::skip(std::uint64_t bytes)
{
    if (m_progress.total) *m_progress.total -= std::min(*m_progress.total, bytes);
}

void ProgressBar::show()
{
    m_progress.elapsed = m_clock.now() - m_started;
    draw(progressLine(m_progress, kColumns));
}

void ProgressBar::wait(std::optional<double> stored)
{
    if (!m_draw) return;
    m_progress.elapsed = m_clock.now() - m_started;
    draw(waitingLine(m_progress, stored, kColumns));
}

void ProgressBar::draw(const std::string& line)
{
    m_drawn = m_style == ProgressStyle::Bar;
    m_draw(m_drawn ? "\r\x1b[K" + line : line + "\n");
}

void ProgressBar::clear()
{
    if (m_drawn) m_draw("\r\x1b[K");
    m_drawn = false;
}

void ProgressBar::finish()
{
    clear();
    if (m_draw && m_style == ProgressStyle::Lines) show();
}

} // namespace tarn::gateway::cli
