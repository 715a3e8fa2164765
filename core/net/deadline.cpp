#include "core/net/deadline.h"

#include "core/base/executor.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>

#include <exception>

namespace tarn::net {

struct DeadlineWatch::State
{
    asio::any_io_executor executor;
    Clock* clock = nullptr;
    std::function<void()> onExpire;
    TimePoint deadline = TimePoint::max();
    TimePoint wakesAt = TimePoint::max();            ///< when the running sleep ends
    std::shared_ptr<asio::cancellation_signal> wake; ///< of the present sleeping coroutine
    bool running = false;
    bool expired = false;
};

DeadlineWatch::DeadlineWatch(asio::any_io_executor executor, Clock& clock,
                             std::function<void()> onExpire)
    : m_state(std::make_shared<State>())
{
    m_state->executor = std::move(executor);
    m_state->clock = &clock;
    m_state->onExpire = std::move(onExpire);
}

DeadlineWatch::~DeadlineWatch()
{
    m_state->deadline = TimePoint::max();
    m_state->onExpire = nullptr;
    if (m_state->running) emitCancel(m_state->executor, *m_state->wake, m_state->wake);
}

bool DeadlineWatch::expired() const
{
    return m_state->expired;
}

Clock& DeadlineWatch::clock() const
{
    return *m_state->clock;
}

void DeadlineWatch::expireAt(TimePoint when)
{
    State& state = *m_state;
    state.deadline = when;
    if (when == TimePoint::max() || state.expired) return;
    if (!state.running) {
        state.running = true;
        state.wakesAt = when;
        state.wake = std::make_shared<asio::cancellation_signal>();
        auto ended = [signal = state.wake](const std::exception_ptr&) {};
        asio::co_spawn(state.executor, watch(m_state),
                       asio::bind_cancellation_slot(state.wake->slot(), std::move(ended)));
    } else if (when < state.wakesAt) {
        state.wakesAt = when;
        emitCancel(state.executor, *state.wake, state.wake);
    }
}

asio::awaitable<void> DeadlineWatch::watch(std::shared_ptr<State> state)
{
    co_await asio::this_coro::throw_if_cancelled(false);
    while (state->deadline != TimePoint::max()) {
        const TimePoint now = state->clock->now();
        if (now >= state->deadline) {
            state->expired = true;
            const std::function<void()> onExpire = std::move(state->onExpire);
            if (onExpire) onExpire();
            break;
        }
        state->wakesAt = state->deadline;
        asio::awaitable<void> nap = state->clock->sleep(state->deadline - now);
        co_await std::move(nap);
        // A cancelled sleep means "look again", nothing more.
        co_await asio::this_coro::reset_cancellation_state();
    }
    state->running = false;
}

} // namespace tarn::net
