// tcp_punch: one meeting of two nodes that connect to each other at the same time over TCP, each
// from the port that it has told to where the other is seen. The first packets of both open their
// routers for those of the other. Engine thread. Source: core/doc/protocol/punching.md.
#pragma once

#include "core/base/task_group.h"
#include "core/net/address.h"
#include "core/net/preamble.h"
#include "core/net/stream.h"

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace tarn::profiles {

inline constexpr Duration kTcpPunchLimit = std::chrono::seconds(4);
inline constexpr unsigned kMostTcpAttempts = 12; ///< at one address
inline constexpr Duration kTcpPunchPause = std::chrono::milliseconds(100);

/// What the meeting stands on; everything in it outlives the meeting's coroutines.
struct TcpPunchPlan
{
    net::Ticket mine;                  ///< a stream on which this comes is one of this meeting
    net::Ticket theirs;                ///< what this side begins with
    std::vector<net::Endpoint> places; ///< where the other is seen; makesSense() held
    std::uint16_t portV4 = 0;          ///< to connect from; 0: not at all
    std::uint16_t portV6 = 0;
};

/// In a shared_ptr.
class TcpPunch final : public std::enable_shared_from_this<TcpPunch>
{
public:
    /// Called for each stream on which both tickets were seen; more than one may stand.
    using Taker = std::function<void(net::Stream)>;

    TcpPunch(asio::any_io_executor engine, Clock& clock, Taker taker);
    TcpPunch(const TcpPunch&) = delete;
    TcpPunch& operator=(const TcpPunch&) = delete;

    /// Connects until `until`. The first packets leave as soon as the engine runs.
    void start(TcpPunchPlan plan, TimePoint until);
    /// A stream came to the listener and has shown the ticket of this side.
    void came(net::Stream stream);
    /// No stream is taken any more; attempts are given up.
    void stop();
    bool over() const { return m_stopped; }
    /// The last reason why it did not connect, in words.
    const std::string& problem() const { return m_problem; }

private:
    static asio::awaitable<void> tryAt(std::shared_ptr<TcpPunch> self, net::Endpoint place);
    static asio::awaitable<Result<net::Stream>> connectOnce(std::shared_ptr<TcpPunch> self,
                                                            net::Endpoint place);
    static asio::awaitable<void> meet(std::shared_ptr<TcpPunch> self, net::Stream stream);
    static asio::awaitable<bool> greet(std::shared_ptr<TcpPunch> self, net::Stream stream,
                                       bool known);
    static asio::awaitable<Result<net::Stream>> exchange(std::shared_ptr<TcpPunch> self,
                                                         net::Stream stream, bool known);

    asio::any_io_executor m_engine;
    Clock& m_clock;
    Taker m_taker;
    std::optional<TcpPunchPlan> m_plan;
    TimePoint m_until{};
    std::vector<net::Stream> m_early; ///< came before the plan
    std::string m_problem;
    bool m_stopped = false;
    TaskGroup m_tasks;
};

/// A socket that is bound to that port and on its way to `place`. Takes part in a
/// simultaneous open. \return IoFailure, Conflict: the port is not this node's to bind.
Result<net::Stream> beginFromPort(const asio::any_io_executor& engine, std::uint16_t port,
                                  const net::Endpoint& place);

} // namespace tarn::profiles
