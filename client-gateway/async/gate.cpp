#include "client-gateway/async/gate.h"

#include "client-gateway/async/signal.h"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <algorithm>
#include <deque>
#include <utility>

namespace tarn::gateway {

namespace {

struct Waiter
{
    Waiter(const asio::any_io_executor& engine, std::uint64_t weightOfIt)
        : weight(weightOfIt), letIn(engine)
    {
    }
    std::uint64_t weight;
    Signal letIn;
    bool inside = false;
};

} // namespace

struct Gate::State
{
    State(const asio::any_io_executor& executor, Clock& clockOfAll, std::uint64_t most,
          Duration patienceOfAll)
        : engine(executor), clock(clockOfAll), capacity(most), patience(patienceOfAll)
    {
    }

    asio::any_io_executor engine;
    Clock& clock;
    std::uint64_t capacity;
    Duration patience;
    std::uint64_t used = 0;
    TimePoint lastMove{};        ///< when somebody came in or left
    std::deque<Waiter*> waiting; ///< each in the frame of its coroutine

    bool fits(std::uint64_t weight) const
    {
        return used == 0 || (used < capacity && weight <= capacity - used);
    }
    void comeIn(std::uint64_t weight)
    {
        used += weight;
        lastMove = clock.now();
    }
    void letFirstIn()
    {
        Waiter& first = *waiting.front();
        waiting.pop_front();
        comeIn(first.weight);
        first.inside = true;
        first.letIn.notifyAll();
    }
    void leave(std::uint64_t weight)
    {
        used -= weight;
        lastMove = clock.now();
        while (!waiting.empty() && fits(waiting.front()->weight))
            letFirstIn();
    }
};

Gate::Permit::Permit(std::shared_ptr<State> state, std::uint64_t weight)
    : m_state(std::move(state)), m_weight(weight)
{
}

Gate::Permit::Permit(Permit&& other) noexcept
    : m_state(std::move(other.m_state)), m_weight(other.m_weight)
{
}

Gate::Permit& Gate::Permit::operator=(Permit&& other) noexcept
{
    if (this == &other) return *this;
    leave();
    m_state = std::move(other.m_state);
    m_weight = other.m_weight;
    return *this;
}

void Gate::Permit::leave() noexcept
{
    if (const std::shared_ptr<State> state = std::exchange(m_state, nullptr))
        state->leave(m_weight);
}

Gate::Gate(const asio::any_io_executor& engine, Clock& clock, std::uint64_t capacity,
           Duration patience)
    : m_state(std::make_shared<State>(engine, clock, capacity, patience))
{
}

std::uint64_t Gate::weightInside() const
{
    return m_state->used;
}

std::size_t Gate::waiting() const
{
    return m_state->waiting.size();
}

asio::awaitable<Gate::Permit> Gate::enter(std::uint64_t weight)
{
    return waitFor(m_state, weight);
}

Gate::Permit Gate::tryEnter(std::uint64_t weight)
{
    if (!m_state->waiting.empty() || !m_state->fits(weight)) return {};
    m_state->comeIn(weight);
    return Permit(m_state, weight);
}

asio::awaitable<Gate::Permit> Gate::waitFor(std::shared_ptr<State> state, std::uint64_t weight)
{
    using namespace asio::experimental::awaitable_operators;
    if (state->waiting.empty() && state->fits(weight)) {
        state->comeIn(weight);
        co_return Permit(state, weight);
    }
    Waiter self(state->engine, weight);
    state->waiting.push_back(&self);
    struct Leave
    {
        State& state;
        Waiter& waiter;
        bool kept = false;
        ~Leave()
        {
            if (kept) return;
            // Cancelled, perhaps just when it was let in.
            std::erase(state.waiting, &waiter);
            if (waiter.inside) state.leave(waiter.weight);
        }
    } leave{*state, self};
    while (!self.inside) {
        asio::awaitable<void> turn = self.letIn.wait();
        asio::awaitable<void> impatience = state->clock.sleep(state->patience);
        co_await (std::move(turn) || std::move(impatience));
        const bool stuck = state->clock.now() - state->lastMove >= state->patience;
        if (!self.inside && stuck && state->waiting.front() == &self) state->letFirstIn();
    }
    leave.kept = true;
    co_return Permit(state, weight);
}

} // namespace tarn::gateway
