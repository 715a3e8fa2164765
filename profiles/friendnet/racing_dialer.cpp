#include "profiles/friendnet/racing_dialer.h"

#include "core/base/executor.h"
#include "core/base/log.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>

#include <algorithm>
#include <array>
#include <map>

namespace tarn::profiles {

namespace {

/// From the beginning of a race to a way of that class, by WayClass; at once where all before have
/// failed. Together with connecting and TLS less than 2 s.
constexpr std::array<Duration, 7> kHeadStarts{
    std::chrono::milliseconds(0),   std::chrono::milliseconds(0),   std::chrono::milliseconds(100),
    std::chrono::milliseconds(150), std::chrono::milliseconds(300), std::chrono::milliseconds(450),
    std::chrono::milliseconds(700)};
constexpr Duration kHiddenStart = std::chrono::milliseconds(700); ///< through Tor or I2P
/// Others wait so much longer where a way is known to have worked.
constexpr Duration kKnownGood = std::chrono::milliseconds(400);
constexpr Duration kWayLimit = std::chrono::seconds(12); ///< of a PeerWay
constexpr Duration kFirstLook = std::chrono::seconds(5);
constexpr Duration kNextLook = std::chrono::minutes(1);
constexpr Duration kLongestLook = std::chrono::minutes(30);
constexpr Duration kLookHandshake = std::chrono::seconds(5);
/// A connection that was made while looking waits so long for the next request.
constexpr Duration kReadyFor = std::chrono::seconds(10);
constexpr Duration kLongestPause = std::chrono::minutes(1);

Duration doubled(Duration first, unsigned times, Duration most)
{
    Duration out = first;
    for (unsigned i = 0; i < times && out < most; ++i)
        out *= 2;
    return std::min(out, most);
}

Error cancelled()
{
    return Error(ErrorCode::Cancelled, "connecting was cancelled");
}

} // namespace

struct Paths::Sources
{
    std::shared_ptr<net::Dialer*> plain;    ///< null once the dialer has gone
    std::shared_ptr<net::Dialer*> reversed; ///< the same; or there is none

    bool reverses(const net::PeerKey& peer) const
    {
        return *reversed != nullptr && (*reversed)->hasOwnWay(peer);
    }
};

/// A path that may be tried.
struct Paths::Candidate
{
    WayClass way = WayClass::Direct;
    std::optional<net::Location> location;
    PeerWay* other = nullptr; ///< without it and without a location: reversed
    Duration start{};

    std::string place() const { return location ? wire::textOf(*location) : std::string(); }
};

struct Paths::Plan
{
    net::PeerKey peer;
    std::vector<Candidate> candidates; ///< in the order in which they start
};

struct Paths::Race
{
    Race(const asio::any_io_executor& engine, Sources sourcesToUse, Plan planToUse)
        : sources(std::move(sourcesToUse)), plan(std::move(planToUse)), changed(engine)
    {
    }

    std::string reasons() const { return text.empty() ? "no address is known" : text; }

    Sources sources;
    Plan plan;
    net::TlsClientContext context;
    Duration handshake = kLookHandshake;
    bool all = false; ///< every path is tried, whoever wins
    Signal changed;
    std::size_t next = 0; ///< to start
    std::size_t running = 0;
    bool over = false;
    bool decided = false;
    Tls winner; ///< until it is taken
    PathTry won;
    std::string text; ///< why the others failed
    bool onlyStrangers = true;
    std::vector<std::shared_ptr<asio::cancellation_signal>> signals;
};

struct Paths::Core
{
    struct Peer
    {
        std::vector<net::Location> locations;
        std::optional<PathTry> current; ///< won last
        TimePoint wonAt{};
        std::uint64_t epoch = 0;
        unsigned failures = 0; ///< races in a row
        TimePoint notBefore{};
        unsigned looks = 0; ///< for a better way, in vain
        TimePoint nextLook{};
        bool looking = false;
        Tls ready; ///< found while looking
        TimePoint readyUntil{};
    };

    explicit Core(Parts partsToUse) : parts(std::move(partsToUse)), idle(parts.engine) {}

    bool knowsWay(const net::PeerKey& peer) const
    {
        return std::any_of(ways.begin(), ways.end(),
                           [&peer](const PeerWay* way) { return way->knows(peer); });
    }
    Plan planFor(const Sources& sources, const net::PeerKey& peer,
                 const std::vector<net::Location>& locations,
                 std::optional<WayClass> betterThan) const;
    void favour(Plan& plan) const;
    void note(const Race& race, std::size_t index, TryResult result, std::string reason,
              TimePoint begun);
    void ended(Race& race, std::size_t index, TimePoint begun, Result<Tls> result);
    void won(const net::PeerKey& peer, const PathTry& path);
    void lost(const net::PeerKey& peer, TimePoint begun);
    void stop(Race& race) const
    {
        race.over = true;
        for (const auto& signal : race.signals)
            emitCancel(parts.engine, *signal, signal);
    }
    void leave()
    {
        if (--running == 0) idle.notifyAll();
    }

    Parts parts;
    std::vector<PeerWay*> ways;
    std::vector<std::weak_ptr<Race>> races; ///< that run
    PathLog log;
    std::map<net::PeerKey, Peer> peers;
    std::uint64_t epochOfAll = 0;
    bool stopping = false;
    std::size_t running = 0; ///< attempts and looks
    Signal idle;
};

class Paths::RacingDialer final : public net::PeerDialer
{
public:
    RacingDialer(std::shared_ptr<Core> core, net::Dialer& plain,
                 std::unique_ptr<net::Dialer> reversed)
        : m_core(std::move(core)), m_reversed(std::move(reversed))
    {
        m_sources.plain = std::make_shared<net::Dialer*>(&plain);
        m_sources.reversed = std::make_shared<net::Dialer*>(m_reversed.get());
    }
    ~RacingDialer() override
    {
        *m_sources.plain = nullptr;
        *m_sources.reversed = nullptr;
    }
    RacingDialer(const RacingDialer&) = delete;
    RacingDialer& operator=(const RacingDialer&) = delete;

    asio::awaitable<Result<net::Stream>> dial(std::vector<net::Location> locations) override
    {
        return (*m_sources.plain)->dial(std::move(locations));
    }
    asio::awaitable<Result<Tls>> dialTls(net::PeerKey peer, std::vector<net::Location> locations,
                                         net::TlsClientContext context, Duration handshake) override
    {
        return meetFirst(m_core, m_sources, peer, std::move(locations), std::move(context),
                         handshake);
    }
    bool hasOwnWay(const net::PeerKey& peer) const override
    {
        if (m_sources.reverses(peer)) return true;
        const auto at = m_core->peers.find(peer);
        const bool resting =
            at != m_core->peers.end() && m_core->parts.clock.now() < at->second.notBefore;
        return !resting && m_core->knowsWay(peer);
    }
    /// Each only grows.
    std::uint64_t epochOf(const net::PeerKey& peer) const override
    {
        const auto at = m_core->peers.find(peer);
        return m_core->epochOfAll + (at != m_core->peers.end() ? at->second.epoch : 0) +
               (m_reversed ? m_reversed->epochOf(peer) : 0);
    }

    const Sources& sources() const { return m_sources; }

private:
    std::shared_ptr<Core> m_core;
    std::unique_ptr<net::Dialer> m_reversed;
    Sources m_sources;
};

Paths::Plan Paths::Core::planFor(const Sources& sources, const net::PeerKey& peer,
                                 const std::vector<net::Location>& locations,
                                 std::optional<WayClass> betterThan) const
{
    Plan out;
    out.peer = peer;
    const auto add = [&](Candidate candidate) {
        if (betterThan && candidate.way >= *betterThan) return;
        out.candidates.push_back(std::move(candidate));
    };
    const std::vector<LocalAddress> local = parts.local();
    for (const net::Location& location : locations) {
        Candidate one;
        one.way = wayTo(location, locations, local);
        const bool hidden = location.network != wire::Network::Tcp;
        one.start = hidden ? kHiddenStart : kHeadStarts.at(static_cast<std::size_t>(one.way));
        one.location = location;
        add(std::move(one));
    }
    Candidate reversed;
    reversed.way = WayClass::Reversed;
    reversed.start = kHeadStarts.at(static_cast<std::size_t>(reversed.way));
    if (sources.reverses(peer)) add(std::move(reversed));
    for (PeerWay* const way : ways) {
        if (!way->knows(peer)) continue;
        Candidate one;
        one.way = way->wayClass();
        one.start = kHeadStarts.at(static_cast<std::size_t>(one.way));
        one.other = way;
        add(std::move(one));
    }
    favour(out);
    std::stable_sort(out.candidates.begin(), out.candidates.end(),
                     [](const Candidate& a, const Candidate& b) { return a.start < b.start; });
    return out;
}

/// What worked last starts alone; and who keeps a link does so because nothing better works.
void Paths::Core::favour(Plan& plan) const
{
    const auto at = peers.find(plan.peer);
    const PathTry* const current =
        at != peers.end() && at->second.current ? &*at->second.current : nullptr;
    const auto isFavourite = [current](const Candidate& one) {
        if (current == nullptr) return one.way == WayClass::Reversed;
        return one.way == current->way && one.place() == current->place;
    };
    const auto favourite =
        std::find_if(plan.candidates.begin(), plan.candidates.end(), isFavourite);
    if (favourite == plan.candidates.end()) return;
    for (Candidate& one : plan.candidates)
        one.start += kKnownGood;
    favourite->start = Duration(0);
}

void Paths::Core::note(const Race& race, std::size_t index, TryResult result, std::string reason,
                       TimePoint begun)
{
    const Candidate& one = race.plan.candidates.at(index);
    PathTry out;
    out.way = one.way;
    out.place = one.place();
    out.result = result;
    out.at = parts.clock.wallNow();
    out.took = parts.clock.now() - begun;
    out.reason = std::move(reason);
    log.note(race.plan.peer, std::move(out));
}

void Paths::Core::ended(Race& race, std::size_t index, TimePoint begun, Result<Tls> result)
{
    --race.running;
    leave();
    const Candidate& one = race.plan.candidates.at(index);
    if (result && !race.decided) {
        race.decided = true;
        race.winner = *std::move(result);
        note(race, index, TryResult::Worked, {}, begun);
        race.won.way = one.way;
        race.won.place = one.place();
        race.won.result = TryResult::Worked;
        race.won.at = parts.clock.wallNow();
        race.won.took = parts.clock.now() - begun;
    } else if (result) {
        note(race, index, TryResult::Worked, {}, begun);
    } else if (result.error().code() == ErrorCode::Cancelled) {
        if (race.over && race.decided) // and not by who waits
            note(race, index, TryResult::Outrun, "another path was quicker", begun);
    } else {
        const bool stranger = result.error().code() == ErrorCode::PeerMisbehaved;
        race.onlyStrangers = race.onlyStrangers && stranger;
        race.text += race.text.empty() ? "" : "; ";
        race.text += std::string(nameOf(one.way)) + ": " + result.error().message();
        note(race, index, stranger ? TryResult::Stranger : TryResult::Failed,
             result.error().message(), begun);
    }
    race.changed.notifyAll();
}

void Paths::Core::won(const net::PeerKey& peer, const PathTry& path)
{
    log.use(peer, path);
    const auto at = peers.find(peer);
    if (at == peers.end()) return;
    Peer& known = at->second;
    known.failures = 0;
    known.notBefore = TimePoint{};
    known.wonAt = parts.clock.now();
    const bool same =
        known.current && known.current->way == path.way && known.current->place == path.place;
    known.current = path;
    if (same) return;
    known.looks = 0;
    known.nextLook = parts.clock.now() + kFirstLook;
    TARN_LOG(Info, Main, "a path to a member", {"way", std::string(nameOf(path.way))},
             {"place", path.place});
    parts.changed(peer);
}

/// A race in vain, unless another one, that began later, was won meanwhile.
void Paths::Core::lost(const net::PeerKey& peer, TimePoint begun)
{
    const auto at = peers.find(peer);
    if (at != peers.end() && at->second.current && at->second.wonAt >= begun) return;
    log.lost(peer);
    if (at == peers.end()) return;
    Peer& known = at->second;
    known.notBefore =
        parts.clock.now() + doubled(std::chrono::seconds(1), known.failures++, kLongestPause);
    if (!std::exchange(known.current, std::nullopt)) return;
    parts.changed(peer);
}

// --- one race ---

asio::awaitable<Result<net::Stream>> Paths::connect(std::shared_ptr<Core> core,
                                                    std::shared_ptr<Race> race, std::size_t index)
{
    const Candidate& one = race->plan.candidates.at(index);
    const Sources& sources = race->sources;
    Duration limit = kWayLimit;
    asio::awaitable<Result<net::Stream>> dialling;
    if (one.other != nullptr) {
        dialling = one.other->connect(race->plan.peer);
    } else if (one.location) {
        if (*sources.plain == nullptr) co_return cancelled();
        std::vector<net::Location> locations;
        locations.push_back(*one.location);
        dialling = (*sources.plain)->dial(std::move(locations));
        const bool hidden = one.location->network != wire::Network::Tcp;
        limit = hidden ? std::chrono::minutes(2) : core->parts.connectLimit;
    } else {
        if (*sources.reversed == nullptr) co_return cancelled();
        std::vector<net::Location> none;
        dialling = (*sources.reversed)->dialPeer(race->plan.peer, std::move(none));
    }
    std::string what = "connecting";
    co_return co_await withDeadline<net::Stream>(core->parts.clock, limit, std::move(what),
                                                 std::move(dialling));
}

asio::awaitable<Result<Paths::Tls>> Paths::attempt(std::shared_ptr<Core> core,
                                                   std::shared_ptr<Race> race, std::size_t index)
{
    TARN_CO_TRY(net::Stream stream, co_await connect(core, race, index));
    net::TlsClientContext context = race->context;
    co_return co_await net::connectTls(std::move(stream), std::move(context), race->plan.peer,
                                       core->parts.clock, race->handshake);
}

void Paths::begin(const std::shared_ptr<Core>& core, const std::shared_ptr<Race>& race)
{
    const std::size_t index = race->next++;
    const TimePoint begun = core->parts.clock.now();
    auto signal = std::make_shared<asio::cancellation_signal>();
    race->signals.push_back(signal);
    ++race->running;
    ++core->running;
    auto done = [core, race, index, begun, signal](std::exception_ptr thrown, Result<Tls> result) {
        if (thrown) result = cancelled();
        core->ended(*race, index, begun, std::move(result));
    };
    asio::co_spawn(core->parts.engine, attempt(core, race, index),
                   asio::bind_cancellation_slot(signal->slot(), std::move(done)));
}

/// Until one has won, or all have ended.
asio::awaitable<void> Paths::run(std::shared_ptr<Core> core, std::shared_ptr<Race> race)
{
    using namespace asio::experimental::awaitable_operators;
    struct Stop
    {
        std::shared_ptr<Core> core;
        std::shared_ptr<Race> race;
        ~Stop() { core->stop(*race); }
    };
    const Stop stop{core, race};
    std::erase_if(core->races, [](const std::weak_ptr<Race>& one) { return one.expired(); });
    core->races.push_back(race);
    const TimePoint begun = core->parts.clock.now();
    while (race->all || !race->winner) {
        const bool more = race->next < race->plan.candidates.size() && !core->stopping;
        if (!more && race->running == 0) co_return;
        if (!more) {
            co_await race->changed.wait();
            continue;
        }
        const TimePoint due = begun + race->plan.candidates.at(race->next).start;
        const TimePoint now = core->parts.clock.now();
        if (race->all || race->running == 0 || now >= due) {
            begin(core, race);
            continue;
        }
        asio::awaitable<void> news = race->changed.wait();
        asio::awaitable<void> turn = core->parts.clock.sleep(due - now);
        co_await (std::move(news) || std::move(turn));
    }
}

asio::awaitable<Result<Paths::Tls>> Paths::meetFirst(std::shared_ptr<Core> core, Sources sources,
                                                     net::PeerKey peer,
                                                     std::vector<net::Location> locations,
                                                     net::TlsClientContext context,
                                                     Duration handshake)
{
    if (core->stopping) co_return cancelled();
    const auto known = core->peers.find(peer);
    if (known != core->peers.end() && known->second.ready) {
        Tls ready = std::move(known->second.ready);
        if (ready->quiet()) co_return ready;
    }
    const TimePoint begun = core->parts.clock.now();
    Plan plan = core->planFor(sources, peer, locations, std::nullopt);
    const auto race = std::make_shared<Race>(core->parts.engine, sources, std::move(plan));
    race->context = std::move(context);
    race->handshake = handshake;
    co_await run(core, race);
    if (race->winner) {
        core->won(peer, race->won);
        co_return std::move(race->winner);
    }
    if (core->stopping) co_return cancelled();
    core->lost(peer, begun);
    const bool strangers = race->onlyStrangers && !race->text.empty();
    co_return Error(strangers ? ErrorCode::PeerMisbehaved : ErrorCode::PeerUnreachable,
                    race->reasons());
}

// --- better ways ---

asio::awaitable<Result<void>> Paths::lookForBetter(std::shared_ptr<Core> core,
                                                   std::shared_ptr<Race> race)
{
    struct Leave
    {
        std::shared_ptr<Core> core;
        ~Leave() { core->leave(); }
    };
    const Leave leave{core};
    const net::PeerKey peer = race->plan.peer;
    co_await run(core, race);
    const auto at = core->peers.find(peer);
    if (at == core->peers.end()) co_return ok();
    Core::Peer& known = at->second;
    known.looking = false;
    known.nextLook = core->parts.clock.now() + doubled(kNextLook, known.looks++, kLongestLook);
    const bool better = race->winner && known.current && race->won.way < known.current->way;
    if (!better) co_return ok();
    known.ready = std::move(race->winner);
    known.readyUntil = core->parts.clock.now() + kReadyFor;
    ++known.epoch; // new requests go there; what runs on the old path ends there
    core->won(peer, race->won);
    co_return ok();
}

void Paths::tick()
{
    const TimePoint now = m_core->parts.clock.now();
    if (m_core->stopping || !m_own) return;
    for (auto& [key, peer] : m_core->peers) {
        if (peer.ready && now >= peer.readyUntil) peer.ready.reset();
        const bool good = !peer.current || peer.current->way == WayClass::SameHost;
        if (good || peer.looking || now < peer.nextLook) continue;
        const Sources& sources = m_own->sources();
        Plan plan = m_core->planFor(sources, key, peer.locations, peer.current->way);
        peer.nextLook = now + kNextLook;
        if (plan.candidates.empty()) continue;
        peer.looking = true;
        ++m_core->running;
        const auto race = std::make_shared<Race>(m_core->parts.engine, sources, std::move(plan));
        spawnLogged(m_core->parts.engine, "better path", lookForBetter(m_core, race));
    }
}

asio::awaitable<void> Paths::tryAll(net::PeerKey peer)
{
    const std::shared_ptr<Core> core = m_core;
    const auto at = core->peers.find(peer);
    if (at == core->peers.end() || !m_own || core->stopping) co_return;
    Plan plan = core->planFor(m_own->sources(), peer, at->second.locations, std::nullopt);
    const auto race = std::make_shared<Race>(core->parts.engine, m_own->sources(), std::move(plan));
    race->all = true;
    co_await run(core, race);
}

Paths::Paths(Parts parts) : m_core(std::make_shared<Core>(std::move(parts))) {}

Paths::~Paths()
{
    m_core->stopping = true;
}

void Paths::add(PeerWay& way)
{
    m_core->ways.push_back(&way);
}

void Paths::use(net::Dialer& plain, std::unique_ptr<net::Dialer> reversed)
{
    m_own = std::make_unique<RacingDialer>(m_core, plain, std::move(reversed));
}

std::unique_ptr<net::PeerDialer> Paths::dialer(net::Dialer& plain,
                                               std::unique_ptr<net::Dialer> reversed) const
{
    return std::make_unique<RacingDialer>(m_core, plain, std::move(reversed));
}

void Paths::setMembers(const Members& members)
{
    std::vector<net::PeerKey> keys;
    for (const auto& [key, locations] : members) {
        keys.push_back(key);
        Core::Peer& peer = m_core->peers[key];
        if (peer.locations == locations) continue;
        peer.locations = locations;
        const auto isCurrent = [&peer](const net::Location& one) {
            return wire::textOf(one) == peer.current->place;
        };
        // It is there no more: what is connected there is dead, most likely.
        if (peer.current && !peer.current->place.empty() &&
            std::none_of(locations.begin(), locations.end(), isCurrent)) {
            peer.current.reset();
            ++peer.epoch;
        }
        peer.looks = 0;
        peer.nextLook = m_core->parts.clock.now();
    }
    m_core->log.keepOnly(keys);
    std::erase_if(m_core->peers, [&keys](const auto& one) {
        return std::find(keys.begin(), keys.end(), one.first) == keys.end();
    });
}

void Paths::networkChanged()
{
    ++m_core->epochOfAll;
    for (auto& [key, peer] : m_core->peers) {
        peer.current.reset();
        peer.ready.reset();
        peer.failures = 0;
        peer.notBefore = TimePoint{};
        peer.looks = 0;
    }
}

PeerPaths Paths::of(const net::PeerKey& peer) const
{
    return m_core->log.of(peer);
}

asio::awaitable<void> Paths::stop()
{
    const std::shared_ptr<Core> core = m_core;
    core->stopping = true;
    m_own.reset();
    for (auto& [key, peer] : core->peers)
        peer.ready.reset();
    for (const std::weak_ptr<Race>& one : core->races)
        if (const std::shared_ptr<Race> race = one.lock()) core->stop(*race);
    while (core->running > 0)
        co_await core->idle.wait();
    core->ways.clear();
}

} // namespace tarn::profiles
