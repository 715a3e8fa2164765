// turns: one coroutine at a time.
#pragma once

#include "core/base/signal.h"

namespace tarn {

/// Engine thread. Outlives its turns.
class Turns
{
public:
    /// Its holder is the only one until it goes.
    class Turn
    {
    public:
        explicit Turn(Turns& turns) : m_turns(&turns) {}
        Turn(Turn&& other) noexcept;
        ~Turn();
        Turn(const Turn&) = delete;
        Turn& operator=(const Turn&) = delete;
        Turn& operator=(Turn&&) = delete;

    private:
        Turns* m_turns; ///< null: moved from
    };

    explicit Turns(const asio::any_io_executor& executor) : m_free(executor) {}

    /// Waits without a deadline: what is done in a turn has one.
    /// Throws operation_aborted when the waiting coroutine is cancelled.
    asio::awaitable<Turn> take();

private:
    bool m_taken = false;
    Signal m_free;
};

} // namespace tarn
