#include "storage-server/async_lock.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace tarn::storage {

asio::awaitable<void> park(std::function<void(std::function<void()> wake)> keep)
{
    auto executor =
        asio::prefer(co_await asio::this_coro::executor, asio::execution::outstanding_work.tracked);
    auto start = [&keep, executor](auto handler) {
        auto shared = std::make_shared<decltype(handler)>(std::move(handler));
        keep([executor, shared] { asio::post(executor, [shared] { std::move (*shared)(); }); });
    };
    co_await asio::async_initiate<const asio::use_awaitable_t<>&, void()>(std::move(start),
                                                                          asio::use_awaitable);
}

bool AsyncLock::admits(LockMode mode) const
{
    return !m_excluded && (mode == LockMode::Shared || m_sharers == 0);
}

void AsyncLock::take(LockMode mode)
{
    if (mode == LockMode::Exclusive) {
        m_excluded = true;
    } else {
        ++m_sharers;
    }
}

asio::awaitable<void> AsyncLock::acquire(LockMode mode)
{
    if (free(mode)) {
        take(mode);
        co_return;
    }
    auto keep = [this, mode](std::function<void()> wake) {
        m_waiting.push_back({mode, std::move(wake)});
    };
    std::function<void(std::function<void()>)> keeper = keep;
    co_await park(std::move(keeper));
}

void AsyncLock::release(LockMode mode)
{
    if (mode == LockMode::Exclusive) {
        m_excluded = false;
    } else {
        --m_sharers;
    }
    admitWaiting();
}

void AsyncLock::downgrade()
{
    m_excluded = false;
    ++m_sharers;
    admitWaiting();
}

void AsyncLock::admitWaiting()
{
    while (!m_waiting.empty() && admits(m_waiting.front().mode)) {
        const Waiter next = std::move(m_waiting.front());
        m_waiting.pop_front();
        take(next.mode); // on behalf of the one that is woken
        next.wake();
    }
}

IndexLocks::Guard::~Guard()
{
    if (m_locks != nullptr) m_locks->release(m_index, m_mode);
}

void IndexLocks::release(const StorageIndex& index, LockMode mode)
{
    const auto found = m_locks.find(index);
    found->second->release(mode);
    if (found->second->idle()) m_locks.erase(found);
}

void IndexLocks::Guard::downgrade()
{
    m_locks->m_locks.find(m_index)->second->downgrade();
    m_mode = LockMode::Shared;
}

asio::awaitable<IndexLocks::Guard> IndexLocks::lock(StorageIndex index, LockMode mode)
{
    std::unique_ptr<AsyncLock>& lock = m_locks[index];
    if (!lock) lock = std::make_unique<AsyncLock>();
    co_await lock->acquire(mode);
    if (mode == LockMode::Exclusive && m_excluding) m_excluding(index);
    co_return Guard(*this, index, mode);
}

bool IndexLocks::free(const StorageIndex& index, LockMode mode) const
{
    const auto found = m_locks.find(index);
    return found == m_locks.end() || found->second->free(mode);
}

} // namespace tarn::storage
