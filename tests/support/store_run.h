// store_run: runs one coroutine against a store and an engine until it ends.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <optional>
#include <stdexcept>

namespace tarn::test {

/// \return what `work` returned. Throws what it threw, or when it cannot go on by itself.
template <class T>
T runToEnd(boost::asio::io_context& engine, boost::asio::awaitable<T> work)
{
    std::optional<T> out;
    std::exception_ptr thrown;
    boost::asio::co_spawn(engine, std::move(work), [&](std::exception_ptr error, T value) {
        thrown = error;
        out.emplace(std::move(value));
    });
    engine.restart();
    while (!out && engine.run_one() > 0) {
    }
    if (thrown) std::rethrow_exception(thrown);
    if (!out) throw std::runtime_error("the coroutine waits for something that never comes");
    return std::move(*out);
}

} // namespace tarn::test
