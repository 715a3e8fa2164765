// stun_service: answers STUN Binding requests on one UDP port, so that nodes learn how others see
// them without anybody else's servers. A datagram is answered by one, to where it came from: one
// that is shorter than its answer only a few times, so that nobody can have many sent to somebody
// else. Engine thread.
#pragma once

#include "core/base/clock.h"
#include "core/base/task_group.h"
#include "introducer/relay/stun_message.h"
#include "introducer/source_limits.h"

#include <memory>

namespace tarn::relay {

struct StunCounts
{
    std::uint64_t answered = 0;
    std::uint64_t dropped = 0; ///< none, or too many
};

class StunService
{
public:
    /// Bound when this returns. `clock` outlives it. \param port  0: a free one.
    /// \return Conflict: the port is in use.  IoFailure: the address cannot be bound.
    static Result<std::unique_ptr<StunService>> open(const asio::any_io_executor& engine,
                                                     const asio::ip::address& address,
                                                     std::uint16_t port, Clock& clock);
    ~StunService();
    StunService(const StunService&) = delete;
    StunService& operator=(const StunService&) = delete;

    std::uint16_t port() const;
    const StunCounts& counts() const;
    asio::awaitable<void> stop();

private:
    struct Shared;
    StunService(std::shared_ptr<Shared> shared, const asio::any_io_executor& engine);
    static asio::awaitable<void> answerAll(std::shared_ptr<Shared> shared);

    std::shared_ptr<Shared> m_shared;
    TaskGroup m_tasks;
};

} // namespace tarn::relay
