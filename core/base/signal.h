// signal: wakes coroutines that wait for a condition. Level: the waiter re-checks its condition.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/experimental/channel.hpp>

namespace tarn {

namespace asio = boost::asio;

/// Engine thread. A notification without a waiter is lost on purpose:
/// `while (!condition) co_await signal.wait();` cannot miss one, since nothing runs in between.
class Signal
{
public:
    explicit Signal(const asio::any_io_executor& executor) : m_channel(executor, 0) {}

    /// Wakes everybody who waits now.
    void notifyAll();
    /// Throws operation_aborted when the waiting coroutine is cancelled.
    asio::awaitable<void> wait();

private:
    asio::experimental::channel<void(boost::system::error_code)> m_channel;
};

} // namespace tarn
