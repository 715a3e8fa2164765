// ordered_window: operations that run side by side, and whose results are taken in the order in
// which they began.
#pragma once

#include "client-gateway/async/signal.h"
#include "client-gateway/async/task_group.h"

#include <deque>
#include <memory>
#include <optional>
#include <utility>

namespace tarn::gateway {

/// Engine thread. Destruction cancels what still runs but does not wait for it, so an operation
/// owns what it touches, or touches what outlives it.
template <class T>
class OrderedWindow
{
public:
    explicit OrderedWindow(asio::any_io_executor executor)
        : m_executor(executor), m_tasks(std::move(executor))
    {
    }

    std::size_t size() const { return m_slots.size(); }
    bool empty() const { return m_slots.empty(); }

    void start(asio::awaitable<T> work)
    {
        auto slot = std::make_shared<Slot>(m_executor);
        m_slots.push_back(slot);
        m_tasks.spawn(fill(std::move(work), std::move(slot)));
    }

    /// Waits for the oldest; there must be one. \return T() when it ended by an exception.
    asio::awaitable<T> takeFirst()
    {
        const std::shared_ptr<Slot> slot = m_slots.front();
        while (!slot->ended)
            co_await slot->changed.wait();
        m_slots.pop_front();
        co_return slot->value ? std::move(*slot->value) : T();
    }

private:
    struct Slot
    {
        explicit Slot(const asio::any_io_executor& executor) : changed(executor) {}
        std::optional<T> value;
        bool ended = false;
        Signal changed;
    };

    /// However the operation ends, its slot says so.
    class Ending
    {
    public:
        explicit Ending(std::shared_ptr<Slot> slot) : m_slot(std::move(slot)) {}
        ~Ending()
        {
            m_slot->ended = true;
            m_slot->changed.notifyAll();
        }
        Ending(const Ending&) = delete;
        Ending& operator=(const Ending&) = delete;

    private:
        std::shared_ptr<Slot> m_slot;
    };

    static asio::awaitable<void> fill(asio::awaitable<T> work, std::shared_ptr<Slot> slot)
    {
        const Ending ending(slot);
        slot->value.emplace(co_await std::move(work));
    }

    asio::any_io_executor m_executor;
    std::deque<std::shared_ptr<Slot>> m_slots;
    TaskGroup m_tasks; ///< last: its children notify the slots
};

} // namespace tarn::gateway
