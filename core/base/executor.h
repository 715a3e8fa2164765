// executor: who runs what. One engine thread owns all state; pools take values and give values.
#pragma once

#include "core/base/clock.h"
#include "core/base/result.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

namespace tarn {

/// Asserts that a class is used by one thread only: the one that first called check().
class Owner
{
public:
    void check() const;
    /// The next check() decides anew (an object built on one thread and handed to another).
    void release() { m_thread = {}; }

private:
    mutable std::thread::id m_thread;
};

/// Runs jobs away from the engine: a CPU or a disk pool, or inline (tests, simulation).
class WorkPool
{
public:
    virtual ~WorkPool() = default;
    /// Runs `job` some time, on some thread of the pool. Jobs must not throw.
    virtual void post(std::function<void()> job) = 0;
    /// How many jobs can run at once (1 for the inline pool).
    virtual unsigned concurrency() const = 0;
};

/// A fixed number of threads. Destruction finishes the queued jobs.
std::unique_ptr<WorkPool> makeThreadPool(unsigned threads, const std::string& name);
/// Runs each job inside post(): deterministic.
std::unique_ptr<WorkPool> makeInlinePool();

namespace detail {
/// runOn() and withDeadline() without their types: compiled once, not for every T.
asio::awaitable<void> lend(WorkPool& pool, std::function<void()> job);
/// \return whether `work` ended before `limit`; the other is cancelled and has finished.
asio::awaitable<bool> endsWithin(Clock& clock, Duration limit, asio::awaitable<void> work);
/// Timeout, or Cancelled when the caller had given up.
Error notInTime(Duration limit, std::string what, const asio::cancellation_state& caller);
} // namespace detail

/// Lends `job` (a callable that returns a value, by value) to the pool; the coroutine resumes on
/// its own executor. A hop costs about 28 us: hand over a batch. Not cancelled half-way: when
/// the awaiting coroutine is cancelled, it still waits for the job that already runs, so
/// references that the job holds stay good.
template <class Job>
asio::awaitable<std::invoke_result_t<Job&>> runOn(WorkPool& pool, Job job)
{
    using Value = std::invoke_result_t<Job&>;
    struct State
    {
        Job job;
        std::optional<Value> value;
    };
    auto state = std::make_shared<State>(State{std::move(job), std::nullopt});
    std::function<void()> run = [state] { state->value.emplace(state->job()); };
    co_await detail::lend(pool, std::move(run));
    co_return std::move(*state->value);
}

/// Starts a top-level coroutine. What it throws, or the error it returns, is logged under `name`
/// (Cancelled is not). The only place where coroutines begin (C6).
void spawnLogged(const asio::any_io_executor& executor, std::string name,
                 asio::awaitable<Result<void>> work);

/// Cancels the coroutine that runs under `signal`, for good: at once on the engine, else as soon
/// as it runs. Emitted elsewhere, co_spawn would queue a pointer into the signal's slot, which the
/// coroutine may have left by then. `owner` holds the signal. One signal serves one coroutine:
/// the end of one clears the slot from a queued handler, when the next may have taken it.
void emitCancel(const asio::any_io_executor& executor, asio::cancellation_signal& signal,
                std::shared_ptr<const void> owner);

/// The first of the two to end wins; the other is cancelled and has finished when this returns.
/// \return Timeout with `what` when `limit` passes first.  Cancelled: the caller was.
template <class T>
asio::awaitable<Result<T>> withDeadline(Clock& clock, Duration limit, std::string what,
                                        asio::awaitable<Result<T>> work);

} // namespace tarn

#include "core/base/executor_inl.h"
