#include "client-gateway/mutable/key_pool.h"

#include <sched.h>

#include <algorithm>
#include <deque>

namespace tarn::gateway {

namespace {

constexpr std::size_t kMaxAhead = 64;

/// Of the calling thread. Without the right to it the keys are made all the same.
void yieldToOthers()
{
    const sched_param none{};
    static_cast<void>(::sched_setscheduler(0, SCHED_IDLE, &none));
}

} // namespace

struct KeyPool::State
{
    asio::any_io_executor engine;
    std::size_t ahead = 0;
    std::deque<crypto::RsaKey> keys;
    WorkPool* maker = nullptr; ///< none when the pool has gone
    bool making = false;
};

KeyPool::KeyPool(asio::any_io_executor engine, WorkPool& cpu, std::size_t ahead)
    : m_cpu(cpu), m_state(std::make_shared<State>())
{
    m_state->engine = std::move(engine);
    m_state->ahead = std::min(ahead, kMaxAhead);
    if (m_state->ahead == 0) return;
    m_maker = makeThreadPool(1, "rsa-keys");
    m_state->maker = m_maker.get();
    m_maker->post(yieldToOthers);
    refill(m_state);
}

KeyPool::~KeyPool()
{
    m_state->maker = nullptr;
}

std::size_t KeyPool::ready() const
{
    return m_state->keys.size();
}

void KeyPool::refill(const std::shared_ptr<State>& state)
{
    if (state->maker == nullptr || state->making || state->keys.size() >= state->ahead) return;
    state->making = true;
    std::weak_ptr<State> weak = state;
    const asio::any_io_executor engine = state->engine;
    state->maker->post([weak, engine] {
        if (weak.expired()) return;
        auto key = std::make_shared<Result<crypto::RsaKey>>(crypto::RsaKey::generateBlocking());
        asio::post(engine, [weak, key] {
            const std::shared_ptr<State> alive = weak.lock();
            if (!alive) return;
            alive->making = false;
            if (!*key) return; // the next one who takes a key tries again
            alive->keys.push_back(std::move(**key));
            refill(alive);
        });
    });
}

asio::awaitable<Result<crypto::RsaKey>> KeyPool::take()
{
    const std::shared_ptr<State> state = m_state;
    if (!state->keys.empty()) {
        crypto::RsaKey key = std::move(state->keys.front());
        state->keys.pop_front();
        refill(state);
        co_return key;
    }
    refill(state);
    auto job = [] { return crypto::RsaKey::generateBlocking(); };
    co_return co_await runOn(m_cpu, job);
}

} // namespace tarn::gateway
