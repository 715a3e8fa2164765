// async_lock: waiting one's turn without blocking the engine. Engine thread only.
#pragma once

#include "core/base/ids.h"

#include <boost/asio/awaitable.hpp>

#include <deque>
#include <functional>
#include <memory>
#include <unordered_map>

namespace tarn::storage {

namespace asio = boost::asio;

/// Suspends the caller until `wake`, which it gives to `keep`, is called (once, engine thread).
asio::awaitable<void> park(std::function<void(std::function<void()> wake)> keep);

enum class LockMode { Shared, Exclusive };

/// Many sharers or one excluder, in order of arrival.
class AsyncLock
{
public:
    asio::awaitable<void> acquire(LockMode mode);
    void release(LockMode mode);
    /// The excluder goes on as a sharer.
    void downgrade();
    /// A sharer becomes two, also where others wait.
    void shareAgain() { ++m_sharers; }
    /// Whether acquire() would not wait.
    bool free(LockMode mode) const { return m_waiting.empty() && admits(mode); }
    /// Nobody holds it, nobody waits.
    bool idle() const { return m_sharers == 0 && !m_excluded && m_waiting.empty(); }

private:
    struct Waiter
    {
        LockMode mode;
        std::function<void()> wake;
    };
    bool admits(LockMode mode) const;
    void take(LockMode mode);
    void admitWaiting();

    std::size_t m_sharers = 0;
    bool m_excluded = false;
    std::deque<Waiter> m_waiting;
};

/// One lock per storage index, there only as long as somebody needs it.
class IndexLocks
{
public:
    /// Holds the lock until it goes. Must not outlive the IndexLocks.
    class Guard
    {
    public:
        Guard(IndexLocks& locks, const StorageIndex& index, LockMode mode)
            : m_locks(&locks), m_index(index), m_mode(mode)
        {
        }
        Guard(Guard&& other) noexcept
            : m_locks(std::exchange(other.m_locks, nullptr)), m_index(other.m_index),
              m_mode(other.m_mode)
        {
        }
        Guard& operator=(Guard&&) = delete;
        ~Guard();
        /// From now on others may share. \pre nobody could
        void downgrade();
        /// The lock stays until somebody calls IndexLocks::release() for this guard.
        void leave() { m_locks = nullptr; }

    private:
        IndexLocks* m_locks;
        StorageIndex m_index;
        LockMode m_mode;
    };

    /// \param excluding  called whenever somebody gets an index for himself.
    explicit IndexLocks(std::function<void(const StorageIndex&)> excluding = nullptr)
        : m_excluding(std::move(excluding))
    {
    }

    asio::awaitable<Guard> lock(StorageIndex index, LockMode mode);
    void release(const StorageIndex& index, LockMode mode);
    /// Whether lock() would not wait.
    bool free(const StorageIndex& index, LockMode mode) const;
    std::size_t size() const { return m_locks.size(); }

private:
    std::function<void(const StorageIndex&)> m_excluding;
    std::unordered_map<StorageIndex, std::unique_ptr<AsyncLock>> m_locks;
};

} // namespace tarn::storage
