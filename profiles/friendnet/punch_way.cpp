#include "profiles/friendnet/punch_way.h"

#include "core/base/executor.h"
#include "core/base/log.h"
#include "core/base/signal.h"
#include "profiles/friendnet/punch_address.h"
#include "profiles/friendnet/punch_message.h"

#include <algorithm>
#include <utility>

namespace tarn::profiles {

namespace {

constexpr Duration kTicketLife = std::chrono::seconds(10);

/// What TCP can be tried with.
std::vector<net::Endpoint> tellable(const PunchSelf& self)
{
    std::vector<net::Endpoint> out;
    for (const net::Endpoint& endpoint : self.seen) {
        const std::uint16_t port = endpoint.address().is_v4() ? self.portV4 : self.portV6;
        if (port != 0 && mayBeNamed(endpoint) && out.size() < kMostSeen) out.push_back(endpoint);
    }
    return out;
}

std::vector<net::Endpoint> sensible(const std::vector<net::Endpoint>& named, const PunchSelf& self)
{
    std::vector<net::Endpoint> out;
    for (const net::Endpoint& endpoint : named)
        if (makesSense(endpoint, self.own)) out.push_back(endpoint);
    return out;
}

TcpPunchPlan planOf(const PunchSelf& self, const PunchTcp& other, const net::Ticket& mine)
{
    TcpPunchPlan out;
    out.mine = mine;
    out.theirs = other.ticket;
    out.places = sensible(other.seen, self);
    out.portV4 = self.portV4;
    out.portV6 = self.portV6;
    return out;
}

IceSettings iceOf(const PunchSelf& self, bool asks)
{
    IceSettings out;
    out.asks = asks;
    out.own = self.own;
    if (!self.stun.empty()) out.stun = self.stun.front();
    out.turn = self.turn;
    return out;
}

bool canTcp(const PunchSelf& self)
{
    return self.tcp && !tellable(self).empty();
}

bool canIce(const PunchSelf& self)
{
    return self.udp && !self.own.empty();
}

std::string textOf(const PunchSignal& signal)
{
    const auto* refusal = std::get_if<PunchRefusal>(&signal);
    return refusal == nullptr ? "it answered something else" : std::string(nameOf(refusal->reason));
}

} // namespace

// --- who asks ---

struct PunchWay::Core
{
    Core(PunchParts partsToUse, PeerSignals& signalsToUse)
        : parts(std::move(partsToUse)), signals(signalsToUse)
    {
    }

    PunchParts parts;
    PeerSignals& signals;
    std::size_t running = 0;
    bool closed = false;
};

/// One attempt, shared by its two ways and by who waits.
struct PunchWay::Attempt
{
    Attempt(const asio::any_io_executor& engine, net::PeerKey peerToMeet, PunchSelf selfToUse,
            TimePoint untilWhen)
        : peer(peerToMeet), self(std::move(selfToUse)), until(untilWhen), changed(engine),
          tasks(engine)
    {
    }

    void won(net::Stream stream)
    {
        if (winner || over) return;
        winner.emplace(std::move(stream));
        changed.notifyAll();
    }
    void ended(const std::string& way, const std::string& why)
    {
        --open;
        problem += problem.empty() ? way : "; " + way;
        problem += ": ";
        problem += why;
        changed.notifyAll();
    }
    void stop()
    {
        over = true;
        if (punch) punch->stop();
        tasks.cancel();
    }

    net::PeerKey peer;
    PunchSelf self;
    TimePoint until;
    Signal changed;
    std::optional<net::Stream> winner;
    std::string problem;
    unsigned open = 0; ///< ways that are being tried
    bool over = false;
    std::shared_ptr<TcpPunch> punch;
    TaskGroup tasks;
};

PunchWay::PunchWay(PunchParts parts, PeerSignals& signals)
    : m_core(std::make_shared<Core>(std::move(parts), signals))
{
}

PunchWay::~PunchWay()
{
    m_core->closed = true;
}

bool PunchWay::knows(const net::PeerKey& peer) const
{
    if (!m_core->signals.reaches(peer)) return false;
    const PunchSelf self = m_core->parts.self();
    return canTcp(self) || canIce(self);
}

asio::awaitable<Result<net::Stream>> PunchWay::connect(net::PeerKey peer)
{
    return race(m_core, peer);
}

asio::awaitable<Result<net::Stream>> PunchWay::race(std::shared_ptr<Core> core, net::PeerKey peer)
{
    if (core->closed) co_return Error(ErrorCode::Cancelled, "hole punching was closed");
    PunchSelf self = core->parts.self();
    const bool tcp = canTcp(self);
    const bool ice = canIce(self);
    if (!tcp && !ice)
        co_return Error(ErrorCode::PeerUnreachable,
                        "hole punching: this node does not know how it is seen from outside");
    if (core->running >= kPunchesAtOnceHere)
        co_return Error(ErrorCode::PeerUnreachable, "hole punching: enough is tried already");
    const TimePoint until = core->parts.clock.now() + kPunchLimit;
    auto attempt = std::make_shared<Attempt>(core->parts.engine, peer, std::move(self), until);
    struct Running
    {
        Core& core;
        Attempt& attempt;
        Running(Core& coreToCount, Attempt& attemptToEnd) : core(coreToCount), attempt(attemptToEnd)
        {
            ++core.running;
        }
        ~Running()
        {
            --core.running;
            attempt.stop();
        }
        Running(const Running&) = delete;
        Running& operator=(const Running&) = delete;
    } running(*core, *attempt);
    attempt->open = (tcp ? 1U : 0U) + (ice ? 1U : 0U);
    if (tcp) attempt->tasks.spawn(byTcp(core, attempt));
    if (ice) attempt->tasks.spawn(byIce(core, attempt));
    const auto first = [](std::shared_ptr<Attempt> on) -> asio::awaitable<Result<void>> {
        while (!on->winner && on->open > 0)
            co_await on->changed.wait();
        co_return ok();
    };
    asio::awaitable<Result<void>> work = first(attempt);
    const Result<void> ended = co_await withDeadline<void>(core->parts.clock, kPunchLimit,
                                                           "hole punching", std::move(work));
    if (attempt->winner) co_return *std::move(attempt->winner);
    if (!ended && ended.error().code() == ErrorCode::Cancelled) co_return ended.error();
    std::string why = attempt->problem;
    if (attempt->open > 0) {
        why += why.empty() ? "" : "; ";
        why += "nothing came through in time";
    }
    co_return Error(ErrorCode::PeerUnreachable, "hole punching: " + why);
}

asio::awaitable<Result<PunchSignal>> PunchWay::ask(std::shared_ptr<Core> core, net::PeerKey peer,
                                                   PunchSignal question)
{
    Bytes text = encodePunchSignal(question);
    TARN_CO_TRY(const Bytes answer, co_await core->signals.ask(peer, std::move(text)));
    co_return decodePunchSignal(answer);
}

asio::awaitable<void> PunchWay::byTcp(std::shared_ptr<Core> core, std::shared_ptr<Attempt> attempt)
{
    // Not the attempt itself: it holds the punch.
    const std::weak_ptr<Attempt> weak = attempt;
    const auto punch = std::make_shared<TcpPunch>(core->parts.engine, core->parts.clock,
                                                  [weak](net::Stream stream) {
                                                      const auto on = weak.lock();
                                                      if (on) on->won(std::move(stream));
                                                  });
    attempt->punch = punch;
    const std::weak_ptr<TcpPunch> meeting = punch;
    Result<net::Ticket> ticket = core->parts.tickets.expect(net::PreambleMode::Punched, kTicketLife,
                                                            [meeting](net::Stream stream) {
                                                                const auto to = meeting.lock();
                                                                if (to) to->came(std::move(stream));
                                                            });
    if (!ticket) {
        attempt->ended("TCP", ticket.error().message());
        co_return;
    }
    Result<void> asked = co_await askTcp(core, attempt, punch, *ticket);
    if (asked) {
        // The punch goes on by itself; here only its end is waited for.
        const Duration left = attempt->until - core->parts.clock.now();
        co_await core->parts.clock.sleep(std::max(left, Duration(0)));
        asked = Error(ErrorCode::PeerUnreachable,
                      punch->problem().empty() ? "no answer" : punch->problem());
    }
    if (!core->closed) core->parts.tickets.forget(*ticket);
    attempt->ended("TCP", asked.error().message());
}

asio::awaitable<Result<void>> PunchWay::askTcp(std::shared_ptr<Core> core,
                                               std::shared_ptr<Attempt> attempt,
                                               std::shared_ptr<TcpPunch> punch, net::Ticket ticket)
{
    PunchTcp question;
    question.ticket = ticket;
    question.seen = tellable(attempt->self);
    PunchSignal signal(std::move(question));
    TARN_CO_TRY(const PunchSignal answer, co_await ask(core, attempt->peer, std::move(signal)));
    const auto* other = std::get_if<PunchTcp>(&answer);
    if (other == nullptr) co_return Error(ErrorCode::PeerUnreachable, textOf(answer));
    TcpPunchPlan plan = planOf(attempt->self, *other, ticket);
    if (plan.places.empty())
        co_return Error(ErrorCode::PeerUnreachable, "it named no address that makes sense here");
    punch->start(std::move(plan),
                 std::min(attempt->until, core->parts.clock.now() + kTcpPunchLimit));
    co_return ok();
}

asio::awaitable<void> PunchWay::byIce(std::shared_ptr<Core> core, std::shared_ptr<Attempt> attempt)
{
    if (canTcp(attempt->self)) co_await core->parts.clock.sleep(kIceDelay);
    if (attempt->over) co_return;
    Result<net::Stream> stream = co_await askIce(core, attempt->peer);
    if (stream)
        attempt->won(*std::move(stream));
    else
        attempt->ended("UDP", stream.error().message());
}

asio::awaitable<Result<net::Stream>> PunchWay::askIce(std::shared_ptr<Core> core, net::PeerKey peer)
{
    PunchParts& parts = core->parts;
    const PunchSelf self = parts.self();
    IcePath path(parts.nice, parts.engine, parts.clock, parts.random, iceOf(self, true));
    TARN_CO_TRY(PunchIce own, co_await path.gather(kGatherLimit));
    PunchSignal question(std::move(own));
    TARN_CO_TRY(PunchSignal answer, co_await ask(core, peer, std::move(question)));
    auto* const other = std::get_if<PunchIce>(&answer);
    if (other == nullptr) co_return Error(ErrorCode::PeerUnreachable, textOf(answer));
    PunchIce theirs = std::move(*other);
    co_return co_await path.connect(std::move(theirs), kPunchLimit);
}

// --- who answers ---

struct PunchAnswerer::Core
{
    Core(PunchParts partsToUse, std::function<void(net::Stream)> serveToUse)
        : parts(std::move(partsToUse)), serve(std::move(serveToUse)), tasks(parts.engine)
    {
    }

    void ended(const net::PeerKey& peer) { limits.ended(peer); }

    PunchParts parts;
    std::function<void(net::Stream)> serve;
    PunchLimits limits;
    std::vector<std::weak_ptr<TcpPunch>> punches;
    bool closed = false;
    TaskGroup tasks;
};

PunchAnswerer::PunchAnswerer(PunchParts parts, std::function<void(net::Stream)> serve)
    : m_core(std::make_shared<Core>(std::move(parts), std::move(serve)))
{
}

PunchAnswerer::~PunchAnswerer()
{
    m_core->closed = true;
    m_core->serve = nullptr;
    for (const std::weak_ptr<TcpPunch>& one : m_core->punches)
        if (const std::shared_ptr<TcpPunch> punch = one.lock()) punch->stop();
    m_core->tasks.cancel();
}

std::size_t PunchAnswerer::running() const
{
    return m_core->limits.running();
}

asio::awaitable<Result<Bytes>> PunchAnswerer::onSignal(net::PeerKey peer, Bytes question)
{
    return answer(m_core, peer, std::move(question));
}

asio::awaitable<Result<Bytes>> PunchAnswerer::answer(std::shared_ptr<Core> core, net::PeerKey peer,
                                                     Bytes question)
{
    TARN_CO_TRY(const PunchSignal asked, decodePunchSignal(question));
    const PunchSelf self = core->parts.self();
    const auto* const tcp = std::get_if<PunchTcp>(&asked);
    const auto* const ice = std::get_if<PunchIce>(&asked);
    if (tcp == nullptr && ice == nullptr)
        co_return Error(ErrorCode::PeerMisbehaved, "hole punching: a refusal is no question");
    PunchSignal out(PunchRefusal{PunchRefusalReason::Busy});
    const bool can = tcp != nullptr ? canTcp(self) : canIce(self);
    if (!can) {
        const bool on = tcp != nullptr ? self.tcp : self.udp;
        out = PunchRefusal{on ? PunchRefusalReason::NotSeen : PunchRefusalReason::Off};
    } else if (!core->closed && core->limits.begin(peer, core->parts.clock.now())) {
        Result<PunchSignal> taken = Error(ErrorCode::Internal, "");
        if (tcp != nullptr)
            taken = takeTcp(core, peer, *tcp, self);
        else
            taken = co_await takeIce(core, peer, *ice, self);
        if (!taken) {
            core->ended(peer);
            co_return taken.error();
        }
        out = *std::move(taken);
    }
    co_return encodePunchSignal(out);
}

Result<PunchSignal> PunchAnswerer::takeTcp(const std::shared_ptr<Core>& core,
                                           const net::PeerKey& peer, const PunchTcp& question,
                                           const PunchSelf& self)
{
    const auto punch = std::make_shared<TcpPunch>(core->parts.engine, core->parts.clock,
                                                  [weak = std::weak_ptr(core)](net::Stream stream) {
                                                      const auto to = weak.lock();
                                                      if (to && to->serve)
                                                          to->serve(std::move(stream));
                                                  });
    TARN_TRY(const net::Ticket ticket,
             core->parts.tickets.expect(net::PreambleMode::Punched, kTicketLife,
                                        [meeting = std::weak_ptr(punch)](net::Stream stream) {
                                            const auto to = meeting.lock();
                                            if (to) to->came(std::move(stream));
                                        }));
    std::erase_if(core->punches, [](const auto& one) { return one.expired(); });
    core->punches.push_back(punch);
    // Before the answer leaves: its hole is open when the other side hears of it.
    punch->start(planOf(self, question, ticket), core->parts.clock.now() + kTcpPunchLimit);
    core->tasks.spawn(endLater(core, peer, punch, ticket));
    PunchTcp out;
    out.ticket = ticket;
    out.seen = tellable(self);
    return PunchSignal(std::move(out));
}

asio::awaitable<void> PunchAnswerer::endLater(std::shared_ptr<Core> core, net::PeerKey peer,
                                              std::shared_ptr<TcpPunch> punch, net::Ticket ticket)
{
    co_await core->parts.clock.sleep(kTcpPunchLimit);
    punch->stop();
    if (!core->closed) core->parts.tickets.forget(ticket);
    core->ended(peer);
}

asio::awaitable<Result<PunchSignal>> PunchAnswerer::takeIce(std::shared_ptr<Core> core,
                                                            net::PeerKey peer, PunchIce question,
                                                            PunchSelf self)
{
    PunchParts& parts = core->parts;
    auto path = std::make_shared<IcePath>(parts.nice, parts.engine, parts.clock, parts.random,
                                          iceOf(self, false));
    TARN_CO_TRY(PunchIce own, co_await path->gather(kGatherLimit));
    if (core->closed) co_return Error(ErrorCode::Cancelled, "hole punching was closed");
    core->tasks.spawn(standIce(core, peer, std::move(path), std::move(question)));
    co_return PunchSignal(std::move(own));
}

asio::awaitable<void> PunchAnswerer::standIce(std::shared_ptr<Core> core, net::PeerKey peer,
                                              std::shared_ptr<IcePath> path, PunchIce question)
{
    Result<net::Stream> stream = co_await path->connect(std::move(question), kPunchLimit);
    core->ended(peer);
    if (stream) {
        if (core->serve) core->serve(*std::move(stream));
        co_return;
    }
    TARN_LOG(Debug, Net, "a punched path did not stand", {"error", stream.error().text()});
}

} // namespace tarn::profiles
