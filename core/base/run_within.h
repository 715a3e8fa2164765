// run_within: work that may never end, and a caller who does not wait for ever.
#pragma once

#include "core/base/executor.h"

namespace tarn {

namespace detail {
/// \return whether `job` ended within `limit`. It goes on otherwise.
asio::awaitable<Result<void>> lendWithin(WorkPool& pool, Clock& clock, Duration limit,
                                         std::string what, std::function<void()> job);
} // namespace detail

/// As runOn(), for a job that may never end. It returns a Result and owns, or refers for good to,
/// all that it touches.
/// \return Timeout with `what` when `limit` passes first; the job goes on, and nobody waits for it.
///         Cancelled: the caller was.
template <class Job>
asio::awaitable<std::invoke_result_t<Job&>> runWithin(WorkPool& pool, Clock& clock, Duration limit,
                                                      std::string what, Job job)
{
    using Value = std::invoke_result_t<Job&>;
    struct State
    {
        Job job;
        std::optional<Value> value;
    };
    auto state = std::make_shared<State>(State{std::move(job), std::nullopt});
    std::function<void()> run = [state] { state->value.emplace(state->job()); };
    auto lent = detail::lendWithin(pool, clock, limit, std::move(what), std::move(run));
    const Result<void> ended = co_await std::move(lent);
    if (!ended) co_return ended.error();
    co_return std::move(*state->value);
}

} // namespace tarn
