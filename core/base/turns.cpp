#include "core/base/turns.h"

#include <utility>

namespace tarn {

Turns::Turn::Turn(Turn&& other) noexcept : m_turns(std::exchange(other.m_turns, nullptr)) {}

Turns::Turn::~Turn()
{
    if (m_turns == nullptr) return;
    m_turns->m_taken = false;
    m_turns->m_free.notifyAll();
}

asio::awaitable<Turns::Turn> Turns::take()
{
    while (m_taken)
        co_await m_free.wait();
    m_taken = true;
    co_return Turn(*this);
}

} // namespace tarn
