// key_pool: RSA keys of mutable files, made ahead of need, so that a new directory need not wait.
#pragma once

#include "core/base/executor.h"
#include "core/crypto/rsa.h"

#include <memory>

namespace tarn::gateway {

/// Engine thread. Makes one key at a time on a thread of its own that only gets the CPU when
/// nobody else wants it. Keys wipe themselves when they go.
class KeyPool
{
public:
    /// \param ahead  keys to hold ready, 0 to 64: 0 makes each when it is asked for.
    /// \param cpu    makes a key that is asked for and not ready.
    KeyPool(asio::any_io_executor engine, WorkPool& cpu, std::size_t ahead);
    /// \param maker  makes those ahead.
    KeyPool(asio::any_io_executor engine, WorkPool& cpu, std::size_t ahead,
            std::unique_ptr<WorkPool> maker);
    /// A key being made is given up, however little CPU its maker gets.
    ~KeyPool();
    KeyPool(const KeyPool&) = delete;
    KeyPool& operator=(const KeyPool&) = delete;

    asio::awaitable<Result<crypto::RsaKey>> take();
    /// One thread that runs when nobody else wants to.
    static std::unique_ptr<WorkPool> makeIdleThread();

    std::size_t ready() const;
    /// Keys that it holds when nobody takes any.
    std::size_t ahead() const;

private:
    struct State;
    static void refill(const std::shared_ptr<State>& state);

    WorkPool& m_cpu;
    std::shared_ptr<State> m_state;
    std::unique_ptr<WorkPool> m_maker; ///< goes first: its jobs refer to the state
};

} // namespace tarn::gateway
