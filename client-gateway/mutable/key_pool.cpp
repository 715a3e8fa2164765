#include "client-gateway/mutable/key_pool.h"

#include "core/crypto/rsa_generation.h"

#include <sched.h>

#include <algorithm>
#include <atomic>
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
    /// Shared with the maker's thread.
    std::shared_ptr<std::atomic<bool>> giveUp = std::make_shared<std::atomic<bool>>(false);
};

std::unique_ptr<WorkPool> KeyPool::makeIdleThread()
{
    std::unique_ptr<WorkPool> maker = makeThreadPool(1, "rsa-keys");
    maker->post(yieldToOthers);
    return maker;
}

KeyPool::KeyPool(asio::any_io_executor engine, WorkPool& cpu, std::size_t ahead)
    : KeyPool(std::move(engine), cpu, ahead, ahead == 0 ? nullptr : makeIdleThread())
{
}

KeyPool::KeyPool(asio::any_io_executor engine, WorkPool& cpu, std::size_t ahead,
                 std::unique_ptr<WorkPool> maker)
    : m_cpu(cpu), m_state(std::make_shared<State>()), m_maker(std::move(maker))
{
    m_state->engine = std::move(engine);
    m_state->ahead = std::min(ahead, kMaxAhead);
    m_state->maker = m_maker.get();
    refill(m_state);
}

KeyPool::~KeyPool()
{
    m_state->maker = nullptr;
    m_state->giveUp->store(true);
}

std::size_t KeyPool::ready() const
{
    return m_state->keys.size();
}

std::size_t KeyPool::ahead() const
{
    return m_state->ahead;
}

void KeyPool::refill(const std::shared_ptr<State>& state)
{
    if (state->maker == nullptr || state->making || state->keys.size() >= state->ahead) return;
    state->making = true;
    std::weak_ptr<State> weak = state;
    const asio::any_io_executor engine = state->engine;
    state->maker->post([weak, engine, giveUp = state->giveUp] {
        if (giveUp->load()) return;
        auto key =
            std::make_shared<Result<crypto::RsaKey>>(crypto::generateRsaKeyBlocking(*giveUp));
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
