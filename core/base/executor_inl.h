// executor_inl: the templates of executor.h. Include executor.h instead.
#pragma once

#include "core/base/executor.h"

#include <boost/asio/experimental/awaitable_operators.hpp>

namespace tarn {

template <class T>
asio::awaitable<Result<T>> withDeadline(Clock& clock, Duration limit, std::string what,
                                        asio::awaitable<Result<T>> work)
{
    using namespace asio::experimental::awaitable_operators;
    asio::awaitable<void> expiry = clock.sleep(limit);
    auto winner = co_await (std::move(work) || std::move(expiry));
    if (winner.index() == 1) {
        const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
        if (state.cancelled() != asio::cancellation_type::none)
            co_return Error(ErrorCode::Cancelled, what + " was given up");
        std::string text = what + " took longer than ";
        text +=
            std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(limit).count());
        text += " ms";
        co_return Error(ErrorCode::Timeout, std::move(text));
    }
    co_return std::get<0>(std::move(winner));
}

} // namespace tarn
