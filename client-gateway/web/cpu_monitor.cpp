#include "client-gateway/web/cpu_monitor.h"

#include <boost/asio/this_coro.hpp>

#include <ctime>

namespace tarn::gateway::web {

namespace {

constexpr Duration kInterval = std::chrono::minutes(1);
constexpr std::size_t kLongest = 15; ///< minutes

double seconds(Duration duration)
{
    return std::chrono::duration<double>(duration).count();
}

} // namespace

Duration processCpuTime()
{
    struct timespec used = {};
    if (::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) != 0) return Duration(0);
    return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

CpuMonitor::CpuMonitor(Clock& clock, CpuTime cpuTime)
    : m_clock(clock), m_cpuTime(std::move(cpuTime)), m_initial(m_cpuTime())
{
}

asio::awaitable<void> CpuMonitor::watch()
{
    for (;;) {
        look();
        co_await m_clock.sleep(kInterval);
        const asio::cancellation_state cancelled = co_await asio::this_coro::cancellation_state;
        if (cancelled.cancelled() != asio::cancellation_type::none) co_return;
    }
}

void CpuMonitor::look()
{
    m_samples.push_back({m_clock.now(), m_cpuTime()});
    if (m_samples.size() > kLongest + 1) m_samples.pop_front();
}

std::optional<double> CpuMonitor::average(std::size_t minutes) const
{
    if (m_samples.size() < minutes + 1) return std::nullopt;
    const Sample& first = m_samples[m_samples.size() - minutes - 1];
    const Sample& last = m_samples.back();
    const double passed = seconds(last.when - first.when);
    if (passed <= 0) return std::nullopt;
    return seconds(last.used - first.used) / passed;
}

std::map<std::string, double> CpuMonitor::stats() const
{
    std::map<std::string, double> out;
    for (const std::size_t minutes : {std::size_t{1}, std::size_t{5}, kLongest})
        if (const std::optional<double> load = average(minutes))
            out.emplace("cpu_monitor." + std::to_string(minutes) + "min_avg", *load);
    out.emplace("cpu_monitor.total", seconds(m_cpuTime() - m_initial));
    return out;
}

} // namespace tarn::gateway::web
