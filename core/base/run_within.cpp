#include "core/base/run_within.h"

#include "core/base/signal.h"

#include <boost/asio/post.hpp>

namespace tarn {

namespace {

/// A job that nobody may be waiting for any more. Engine thread.
struct Lent
{
    explicit Lent(const asio::any_io_executor& executor) : ended(executor) {}

    bool done = false;
    Signal ended;
};

asio::awaitable<Result<void>> endOf(std::shared_ptr<Lent> lent)
{
    while (!lent->done)
        co_await lent->ended.wait();
    co_return ok();
}

} // namespace

asio::awaitable<Result<void>> detail::lendWithin(WorkPool& pool, Clock& clock, Duration limit,
                                                 std::string what, std::function<void()> job)
{
    // Tracked: the engine stays alive while the job is away.
    auto executor =
        asio::prefer(co_await asio::this_coro::executor, asio::execution::outstanding_work.tracked);
    auto lent = std::make_shared<Lent>(co_await asio::this_coro::executor);
    std::function<void()> run = [lent, job = std::move(job), executor]() mutable {
        job();
        asio::post(executor, [lent = std::move(lent), job = std::move(job)] {
            lent->done = true;
            lent->ended.notifyAll();
        });
    };
    pool.post(std::move(run));
    asio::awaitable<Result<void>> waiting = endOf(std::move(lent));
    co_return co_await withDeadline<void>(clock, limit, std::move(what), std::move(waiting));
}

} // namespace tarn
