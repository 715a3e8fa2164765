// task_group: the child coroutines of one operation; none outlives it uncancelled.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <memory>

namespace tarn {

namespace asio = boost::asio;

/// Engine thread. Destruction cancels the children but cannot wait for them, so a child must own
/// (by value or shared_ptr) whatever it touches; join() first where it does not.
class TaskGroup
{
public:
    explicit TaskGroup(asio::any_io_executor executor);
    ~TaskGroup();
    TaskGroup(const TaskGroup&) = delete;
    TaskGroup& operator=(const TaskGroup&) = delete;

    /// Exceptions of a child end that child only; anything but a cancellation is logged.
    void spawn(asio::awaitable<void> work);
    void cancel();
    std::size_t running() const;
    /// Until no child is left. Throws operation_aborted when the waiting coroutine is cancelled.
    asio::awaitable<void> join();
    /// As join(), but when the waiting coroutine is cancelled, cancels the children and waits for
    /// them before it throws: they may then refer to the waiter's locals.
    asio::awaitable<void> joinOrCancel();

private:
    struct State;
    asio::any_io_executor m_executor;
    std::shared_ptr<State> m_state;
};

} // namespace tarn
