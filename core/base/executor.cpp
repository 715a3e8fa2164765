#include "core/base/executor.h"

#include "core/base/log.h"

#include <boost/asio/async_result.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <pthread.h>

namespace tarn {

void Owner::check() const
{
    const std::thread::id self = std::this_thread::get_id();
    if (m_thread == std::thread::id{}) m_thread = self;
    TARN_ASSERT(m_thread == self);
}

namespace {

class ThreadPool final : public WorkPool
{
public:
    ThreadPool(unsigned threads, const std::string& name) : m_threads(threads), m_pool(threads)
    {
        // Every thread takes exactly one of these: each waits until all have been taken.
        for (unsigned i = 0; i < threads; ++i) {
            asio::post(m_pool, [shortName = name.substr(0, 15)] {
                pthread_setname_np(pthread_self(), shortName.c_str());
            });
        }
    }
    ~ThreadPool() override { m_pool.join(); }
    void post(std::function<void()> job) override { asio::post(m_pool, std::move(job)); }
    unsigned concurrency() const override { return m_threads; }

private:
    unsigned m_threads;
    asio::thread_pool m_pool;
};

class InlinePool final : public WorkPool
{
public:
    void post(std::function<void()> job) override { job(); }
    unsigned concurrency() const override { return 1; }
};

} // namespace

std::unique_ptr<WorkPool> makeThreadPool(unsigned threads, const std::string& name)
{
    return std::make_unique<ThreadPool>(threads, name);
}

std::unique_ptr<WorkPool> makeInlinePool()
{
    return std::make_unique<InlinePool>();
}

asio::awaitable<void> detail::lend(WorkPool& pool, std::function<void()> job)
{
    // Tracked: the engine stays alive while the job is away.
    auto executor =
        asio::prefer(co_await asio::this_coro::executor, asio::execution::outstanding_work.tracked);
    auto start = [&pool, &job, executor](auto handler) {
        auto shared = std::make_shared<decltype(handler)>(std::move(handler));
        pool.post([job = std::move(job), executor, shared] {
            job();
            asio::post(executor, [shared] { std::move (*shared)(); });
        });
    };
    co_await asio::async_initiate<const asio::use_awaitable_t<>&, void()>(std::move(start),
                                                                          asio::use_awaitable);
}

asio::awaitable<bool> detail::endsWithin(Clock& clock, Duration limit, asio::awaitable<void> work)
{
    using namespace asio::experimental::awaitable_operators;
    asio::awaitable<void> expiry = clock.sleep(limit);
    const auto winner = co_await (std::move(work) || std::move(expiry));
    co_return winner.index() == 0;
}

Error detail::notInTime(Duration limit, std::string what, const asio::cancellation_state& caller)
{
    if (caller.cancelled() != asio::cancellation_type::none)
        return Error(ErrorCode::Cancelled, what + " was given up");
    const auto count = std::chrono::duration_cast<std::chrono::milliseconds>(limit).count();
    return Error(ErrorCode::Timeout, what + " took longer than " + std::to_string(count) + " ms");
}

void spawnLogged(const asio::any_io_executor& executor, std::string name,
                 asio::awaitable<Result<void>> work)
{
    auto done = [name = std::move(name)](std::exception_ptr thrown, Result<void> result) {
        if (thrown) {
            std::string what = "unknown exception";
            try {
                std::rethrow_exception(thrown);
            } catch (const std::exception& e) {
                what = e.what();
            } catch (...) {
            }
            TARN_LOG(Error, Base, "task ended by exception", {"task", name}, {"what", what});
        } else if (!result && result.error().code() != ErrorCode::Cancelled) {
            TARN_LOG(Warning, Base, "task failed", {"task", name},
                     {"error", result.error().text()});
        }
    };
    asio::co_spawn(executor, std::move(work), std::move(done));
}

void emitCancel(const asio::any_io_executor& executor, asio::cancellation_signal& signal,
                std::shared_ptr<const void> owner)
{
    asio::dispatch(executor, [&signal, owner = std::move(owner)] {
        signal.emit(asio::cancellation_type::terminal);
    });
}

} // namespace tarn
