// gate: lets as many operations in at a time as their weights allow; the others wait in order.
#pragma once

#include "core/base/clock.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <memory>

namespace tarn::gateway {

namespace asio = boost::asio;

/// Engine thread. May go before its permits and waiters do.
class Gate
{
    struct State;

public:
    /// Its holder is inside until it goes.
    class Permit
    {
    public:
        Permit() = default;
        ~Permit() { leave(); }
        Permit(Permit&& other) noexcept;
        Permit& operator=(Permit&& other) noexcept;
        explicit operator bool() const { return m_state != nullptr; }

    private:
        friend class Gate;
        Permit(std::shared_ptr<State> state, std::uint64_t weight);
        void leave() noexcept;

        std::shared_ptr<State> m_state;
        std::uint64_t m_weight = 0;
    };

    /// \param capacity  sum of the weights inside; one alone may weigh more.
    /// \param patience  when nobody has come in or left for so long, the first one in the queue is
    ///                  let in all the same: who got stuck inside must not hold up everybody.
    Gate(const asio::any_io_executor& engine, Clock& clock, std::uint64_t capacity,
         Duration patience);

    /// Throws operation_aborted when the waiting coroutine is cancelled.
    asio::awaitable<Permit> enter(std::uint64_t weight);
    /// \return an empty permit when there is no room at once, or others wait for it.
    Permit tryEnter(std::uint64_t weight);

    std::uint64_t weightInside() const;
    std::size_t waiting() const;

private:
    static asio::awaitable<Permit> waitFor(std::shared_ptr<State> state, std::uint64_t weight);

    std::shared_ptr<State> m_state;
};

} // namespace tarn::gateway
