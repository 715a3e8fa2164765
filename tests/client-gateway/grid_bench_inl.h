// grid_bench_inl: the templates of grid_bench.h. Include that one instead.
#pragma once

#include "tests/client-gateway/grid_bench.h"

#include <boost/asio/co_spawn.hpp>

namespace tarn::test {

template <class T>
std::optional<Result<T>> GridBench::run(asio::awaitable<Result<T>> work, Duration limit)
{
    std::optional<Result<T>> out;
    auto done = [&out](const std::exception_ptr& thrown, Result<T> result) {
        if (thrown) {
            out.emplace(Error(ErrorCode::Internal, "ended by exception"));
        } else {
            out.emplace(std::move(result));
        }
    };
    asio::co_spawn(engine, std::move(work), done);
    clock.runUntil(engine, limit, [&] { return out.has_value(); });
    return out;
}

} // namespace tarn::test
