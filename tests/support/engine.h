// engine: an io_context with a fake clock, and coroutines run on it from a test.
#pragma once

#include "core/base/executor.h"
#include "tests/support/fake_clock.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <exception>
#include <memory>
#include <optional>

namespace tarn::test {

/// One engine thread in virtual time: the test's own.
class Engine
{
public:
    asio::io_context& context() { return m_context; }
    asio::any_io_executor executor() { return m_context.get_executor(); }
    FakeClock& clock() { return m_clock; }

    /// Runs `work` to its end; time jumps whenever all wait for it.
    /// \return nothing when it did not end within `limit` of virtual time; it is cancelled then.
    ///         Exceptions pass.
    template <class T>
    std::optional<T> run(asio::awaitable<T> work, Duration limit = std::chrono::hours(24))
    {
        const auto state = start(std::move(work));
        const bool ended = m_clock.runUntil(m_context, limit, [&] { return state->ended; });
        if (!ended) {
            emitCancel(executor(), state->cancel, state);
            settle();
            return std::nullopt;
        }
        if (state->thrown) std::rethrow_exception(state->thrown);
        return std::move(state->value);
    }

    /// What belongs on the engine's thread, from a test: signals to coroutines, the end of
    /// objects that send some. Then runs what is ready.
    template <class Work>
    void onEngine(Work work)
    {
        asio::post(m_context, std::move(work));
        settle();
    }

    /// Runs what is ready, without moving time.
    void settle()
    {
        do {
            m_context.restart();
        } while (m_context.poll() > 0);
    }

    /// The same with sockets of the kernel (TCP): waits for them in real time, while virtual
    /// time stands.
    template <class T>
    std::optional<T> runReal(asio::awaitable<T> work)
    {
        const auto state = start(std::move(work));
        m_context.restart();
        while (!state->ended && m_context.run_one_for(std::chrono::seconds(30)) > 0) {
        }
        if (state->thrown) std::rethrow_exception(state->thrown);
        return std::move(state->value);
    }

private:
    template <class T>
    struct Running
    {
        std::optional<T> value;
        std::exception_ptr thrown;
        bool ended = false;
        asio::cancellation_signal cancel;
    };

    template <class T>
    std::shared_ptr<Running<T>> start(asio::awaitable<T> work)
    {
        auto state = std::make_shared<Running<T>>();
        auto done = [state](std::exception_ptr thrown, T value) {
            state->thrown = thrown;
            state->value.emplace(std::move(value));
            state->ended = true;
        };
        asio::co_spawn(m_context, std::move(work),
                       asio::bind_cancellation_slot(state->cancel.slot(), std::move(done)));
        return state;
    }

    FakeClock m_clock; ///< first: sleeping coroutines die with the context and still use it
    asio::io_context m_context;
};

} // namespace tarn::test
