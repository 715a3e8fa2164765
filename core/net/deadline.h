// deadline: one moving deadline of one connection. Moving it later costs nothing: a single sleep
// runs per connection, and looks again when it ends.
#pragma once

#include "core/base/clock.h"

#include <boost/asio/any_io_executor.hpp>

#include <functional>
#include <memory>

namespace tarn::net {

/// Engine thread. `clock` outlives the engine's coroutines.
class DeadlineWatch
{
public:
    /// \param onExpire  called once, from the engine, when the deadline passes.
    DeadlineWatch(asio::any_io_executor executor, Clock& clock, std::function<void()> onExpire);
    ~DeadlineWatch();
    DeadlineWatch(const DeadlineWatch&) = delete;
    DeadlineWatch& operator=(const DeadlineWatch&) = delete;

    /// TimePoint::max(): never.
    void expireAt(TimePoint when);
    bool expired() const;
    Clock& clock() const;

private:
    struct State;
    static asio::awaitable<void> watch(std::shared_ptr<State> state);

    std::shared_ptr<State> m_state;
};

} // namespace tarn::net
