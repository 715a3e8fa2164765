// ask_blocking: one question to somebody on the network, asked by a program that has no engine.
#pragma once

#include "core/base/executor.h"

namespace tarn::node::doctor {

namespace detail {

/// Runs `work` on an engine of its own, to its end.
void runBlocking(asio::awaitable<Result<void>> work);

template <class T>
asio::awaitable<Result<void>> keepAnswer(asio::awaitable<Result<T>> asking, Clock& clock,
                                         Duration limit, Result<T>& answer)
{
    std::string what = "an answer";
    answer = co_await withDeadline<T>(clock, limit, std::move(what), std::move(asking));
    co_return ok();
}

} // namespace detail

/// \return what `asking` returns.  Timeout: not within `limit`.
template <class T>
Result<T> askBlocking(Clock& clock, Duration limit, asio::awaitable<Result<T>> asking)
{
    Result<T> answer = Error(ErrorCode::Internal, "not asked");
    detail::runBlocking(detail::keepAnswer(std::move(asking), clock, limit, answer));
    return answer;
}

} // namespace tarn::node::doctor
