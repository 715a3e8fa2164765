// punch_way: a way to members behind routers that let nobody in: both sides agree through others
// (PeerSignals) and then try at once, by TCP and a little later by ICE over UDP. PunchWay asks and
// is the TLS client; PunchAnswerer answers and serves. Engine thread.
// Source: core/doc/protocol/punching.md.
#pragma once

#include "core/base/random.h"
#include "core/base/task_group.h"
#include "core/net/preamble.h"
#include "profiles/friendnet/ice_path.h"
#include "profiles/friendnet/peer_signals.h"
#include "profiles/friendnet/peer_way.h"
#include "profiles/friendnet/punch_limits.h"
#include "profiles/friendnet/tcp_punch.h"

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace tarn::profiles {

/// Of one attempt, all in all.
inline constexpr Duration kPunchLimit = std::chrono::milliseconds(4800);
/// How much earlier TCP begins: where it works, no UDP is sent.
inline constexpr Duration kIceDelay = std::chrono::milliseconds(400);
/// How long a STUN server may take to answer.
inline constexpr Duration kGatherLimit = std::chrono::milliseconds(700);
inline constexpr std::size_t kPunchesAtOnceHere = 8; ///< of PunchWay

/// What a node knows of itself when it is asked; changes all the time.
struct PunchSelf
{
    bool tcp = false;         ///< the owner lets it, by TCP
    bool udp = false;         ///< and by UDP
    std::uint16_t portV4 = 0; ///< to connect from, over TCP, in this meeting; 0: not at all
    std::uint16_t portV6 = 0;
    std::vector<net::Endpoint> seen;         ///< how others see those ports, best first
    std::vector<net::asio::ip::address> own; ///< of this machine, without excluded ones
    std::vector<net::Endpoint> stun;         ///< STUN servers over UDP, best first
    std::optional<TurnServer> turn;
};

/// All that is referred to outlives both classes.
struct PunchParts
{
    asio::any_io_executor engine;
    Clock& clock;
    Random& random;
    net::TicketRegistry& tickets; ///< of the listener
    NiceThread& nice;
    std::function<PunchSelf()> self;
};

class PunchWay final : public PeerWay
{
public:
    /// `signals` outlives it.
    PunchWay(PunchParts parts, PeerSignals& signals);
    /// What runs is given up.
    ~PunchWay() override;

    WayClass wayClass() const override { return WayClass::Punched; }
    bool knows(const net::PeerKey& peer) const override;
    asio::awaitable<Result<net::Stream>> connect(net::PeerKey peer) override;

private:
    struct Core;
    struct Attempt;
    static asio::awaitable<Result<net::Stream>> race(std::shared_ptr<Core> core, net::PeerKey peer);
    static asio::awaitable<void> byTcp(std::shared_ptr<Core> core,
                                       std::shared_ptr<Attempt> attempt);
    static asio::awaitable<Result<void>> askTcp(std::shared_ptr<Core> core,
                                                std::shared_ptr<Attempt> attempt,
                                                std::shared_ptr<TcpPunch> punch,
                                                net::Ticket ticket);
    static asio::awaitable<void> byIce(std::shared_ptr<Core> core,
                                       std::shared_ptr<Attempt> attempt);
    static asio::awaitable<Result<net::Stream>> askIce(std::shared_ptr<Core> core,
                                                       net::PeerKey peer);
    static asio::awaitable<Result<PunchSignal>> ask(std::shared_ptr<Core> core, net::PeerKey peer,
                                                    PunchSignal question);

    std::shared_ptr<Core> m_core; ///< attempts that were given up may end later
};

class PunchAnswerer final : public SignalHandler
{
public:
    /// \param serve  takes streams on which this node is TLS and HTTP server.
    PunchAnswerer(PunchParts parts, std::function<void(net::Stream)> serve);
    ~PunchAnswerer() override;

    /// \return PeerMisbehaved, Unsupported: no question that has an answer.
    asio::awaitable<Result<Bytes>> onSignal(net::PeerKey peer, Bytes question) override;
    std::size_t running() const;

private:
    struct Core;
    static asio::awaitable<Result<Bytes>> answer(std::shared_ptr<Core> core, net::PeerKey peer,
                                                 Bytes question);
    static Result<PunchSignal> takeTcp(const std::shared_ptr<Core>& core, const net::PeerKey& peer,
                                       const PunchTcp& question, const PunchSelf& self);
    static asio::awaitable<Result<PunchSignal>>
    takeIce(std::shared_ptr<Core> core, net::PeerKey peer, PunchIce question, PunchSelf self);
    static asio::awaitable<void> endLater(std::shared_ptr<Core> core, net::PeerKey peer,
                                          std::shared_ptr<TcpPunch> punch, net::Ticket ticket);
    static asio::awaitable<void> standIce(std::shared_ptr<Core> core, net::PeerKey peer,
                                          std::shared_ptr<IcePath> path, PunchIce question);

    std::shared_ptr<Core> m_core;
};

} // namespace tarn::profiles
