// executor_inl: the templates of executor.h. Include executor.h instead.
#pragma once

#include "core/base/executor.h"

namespace tarn {

namespace detail {

template <class T>
asio::awaitable<void> workInto(Result<T>& result, asio::awaitable<Result<T>> work)
{
    result = co_await std::move(work);
}

} // namespace detail

template <class T>
asio::awaitable<Result<T>> withDeadline(Clock& clock, Duration limit, std::string what,
                                        asio::awaitable<Result<T>> work)
{
    Result<T> result;
    asio::awaitable<void> whole = detail::workInto(result, std::move(work));
    const bool ended = co_await detail::endsWithin(clock, limit, std::move(whole));
    if (ended) co_return result;
    const asio::cancellation_state caller = co_await asio::this_coro::cancellation_state;
    co_return detail::notInTime(limit, std::move(what), caller);
}

} // namespace tarn
