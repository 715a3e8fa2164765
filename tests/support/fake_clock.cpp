#include "tests/support/fake_clock.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace tarn::test {

struct FakeClock::Sleeper
{
    explicit Sleeper(const asio::any_io_executor& executor) : timer(executor)
    {
        timer.expires_at(asio::steady_timer::time_point::max());
    }
    asio::steady_timer timer;
};

asio::awaitable<void> FakeClock::sleep(Duration duration)
{
    auto sleeper = std::make_shared<Sleeper>(co_await asio::this_coro::executor);
    const auto place = m_sleepers.emplace(m_now + duration, sleeper);
    // Removes the entry also when the coroutine is destroyed while it waits.
    struct Entry
    {
        FakeClock& clock;
        std::shared_ptr<Sleeper> sleeper;
        TimePoint due;
        ~Entry()
        {
            auto [it, end] = clock.m_sleepers.equal_range(due);
            for (; it != end; ++it) {
                if (it->second == sleeper) {
                    clock.m_sleepers.erase(it);
                    return;
                }
            }
        }
    } entry{*this, sleeper, place->first};
    co_await sleeper->timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

void FakeClock::advance(Duration by)
{
    m_now += by;
    m_wall += by;
    while (!m_sleepers.empty() && m_sleepers.begin()->first <= m_now) {
        m_sleepers.begin()->second->timer.cancel();
        m_sleepers.erase(m_sleepers.begin());
    }
}

} // namespace tarn::test
