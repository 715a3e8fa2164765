// fake_clock: time that moves only when told. Drives a whole grid in one thread.
#pragma once

#include "core/base/clock.h"

#include <boost/asio/io_context.hpp>

#include <map>
#include <memory>

namespace tarn::test {

class FakeClock final : public tarn::Clock
{
public:
    TimePoint now() const override { return m_now; }
    WallTime wallNow() const override { return m_wall; }
    asio::awaitable<void> sleep(Duration duration) override;

    /// Moves both times and wakes the sleepers that are due.
    void advance(Duration by);
    /// Moves the wall clock alone, as an operator or NTP does.
    void jumpWall(Duration by) { m_wall += by; }
    bool hasSleepers() const { return !m_sleepers.empty(); }

    /// Runs everything that is ready; when nothing is, jumps to the next sleeper; until `done`
    /// or nothing is left to wait for or `limit` of virtual time has passed.
    /// \return true when `done()` held.
    template <class Done>
    bool runUntil(asio::io_context& engine, Duration limit, Done done)
    {
        const TimePoint end = m_now + limit;
        while (!done()) {
            engine.restart();
            if (engine.poll() > 0) continue;
            const TimePoint due = m_sleepers.empty() ? TimePoint::max() : m_sleepers.begin()->first;
            if (m_sleepers.empty() || (m_now >= end && due > m_now)) return done();
            advance(std::max(std::min(due, end) - m_now, Duration(0)));
        }
        return true;
    }

private:
    struct Sleeper;

    TimePoint m_now{std::chrono::hours(1)};
    WallTime m_wall{std::chrono::seconds(1'800'000'000)};
    std::multimap<TimePoint, std::shared_ptr<Sleeper>> m_sleepers;
};

} // namespace tarn::test
