// parallel: runs coroutines side by side and waits for all of them.
#pragma once

#include "client-gateway/async/task_group.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/this_coro.hpp>

#include <optional>
#include <utility>
#include <vector>

namespace tarn::gateway {

namespace detail {

template <class T>
asio::awaitable<void> storeResult(asio::awaitable<T> work, std::optional<T>& into)
{
    into.emplace(co_await std::move(work));
}

} // namespace detail

/// The results, in the order of `work`. Cancelling the waiting coroutine cancels all of them and
/// still waits until each has ended, so they may refer to the caller's locals. A child that ends
/// by an exception (logged) leaves a default-constructed T, which for Result<> is an error.
template <class T>
asio::awaitable<std::vector<T>> allOf(std::vector<asio::awaitable<T>> work)
{
    std::vector<std::optional<T>> slots(work.size());
    TaskGroup group(co_await asio::this_coro::executor);
    for (std::size_t i = 0; i < work.size(); ++i)
        group.spawn(detail::storeResult(std::move(work[i]), slots[i]));
    co_await group.joinOrCancel();
    std::vector<T> results;
    results.reserve(slots.size());
    for (std::optional<T>& slot : slots)
        results.push_back(slot ? std::move(*slot) : T());
    co_return results;
}

} // namespace tarn::gateway
