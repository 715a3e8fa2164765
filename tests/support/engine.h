// engine: an io_context with a fake clock, and coroutines run on it from a test.
#pragma once

#include "tests/support/fake_clock.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
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
    /// \return nothing when it did not end within `limit` of virtual time. Exceptions pass.
    template <class T>
    std::optional<T> run(asio::awaitable<T> work, Duration limit = std::chrono::hours(24))
    {
        std::optional<T> out;
        std::exception_ptr thrown;
        bool ended = false;
        auto done = [&](std::exception_ptr e, T value) {
            thrown = e;
            out.emplace(std::move(value));
            ended = true;
        };
        asio::co_spawn(m_context, std::move(work), done);
        m_clock.runUntil(m_context, limit, [&] { return ended; });
        if (thrown) std::rethrow_exception(thrown);
        return out;
    }

    /// Runs what is ready, without moving time.
    void settle()
    {
        do {
            m_context.restart();
        } while (m_context.poll() > 0);
    }

    /// The same with sockets of the kernel (TCP): waits for them in real time.
    template <class T>
    std::optional<T> runReal(asio::awaitable<T> work)
    {
        std::optional<T> out;
        std::exception_ptr thrown;
        bool ended = false;
        auto done = [&](std::exception_ptr e, T value) {
            thrown = e;
            out.emplace(std::move(value));
            ended = true;
        };
        asio::co_spawn(m_context, std::move(work), done);
        m_context.restart();
        while (!ended && m_context.run_one_for(std::chrono::seconds(30)) > 0) {
        }
        if (thrown) std::rethrow_exception(thrown);
        return out;
    }

private:
    FakeClock m_clock; ///< first: sleeping coroutines die with the context and still use it
    asio::io_context m_context;
};

} // namespace tarn::test
