#include "profiles/friendnet/links_in.h"

#include "core/base/executor.h"
#include "core/base/log.h"
#include "core/net/peer_proof.h"
#include "core/net/tls_stream.h"
#include "core/wire/node_id.h"

#include <algorithm>

namespace tarn::profiles {

namespace {

constexpr Duration kTicketLife = std::chrono::seconds(10);
/// From asking a member to its connection.
constexpr Duration kMeetingLimit = std::chrono::seconds(5);
constexpr std::size_t kMeetingsAtOnce = 16; ///< of one member
constexpr double kLinksPerSecond = 0.2;
constexpr double kLinkBurst = 10;
/// A member that only was away for a moment needs no link.
constexpr Duration kFirstTry = std::chrono::seconds(20);
constexpr Duration kNextTry = std::chrono::minutes(10);
constexpr Duration kTryLimit = std::chrono::seconds(8);

Error unreachable(const std::string& what)
{
    return Error(ErrorCode::PeerUnreachable, what);
}

} // namespace

/// Somebody waits for a connection.
struct LinksIn::Meeting
{
    explicit Meeting(const asio::any_io_executor& engine) : over(engine) {}

    void fail(const Error& why)
    {
        if (!stream && !failed) failed = why;
        over.notifyAll();
    }

    std::optional<net::Stream> stream;
    std::optional<Error> failed;
    Signal over;
};

struct LinksIn::Entry
{
    Ed25519PublicKey member;
    std::shared_ptr<net::PeerLink> link;
    bool told = false;   ///< that it is up
    bool trying = false; ///< to connect directly
    TimePoint nextTry{};
    std::map<std::uint64_t, std::shared_ptr<Meeting>> meetings;

    void failAll(const Error& why)
    {
        for (const auto& [number, meeting] : std::exchange(meetings, {}))
            meeting->fail(why);
    }
};

struct LinksIn::Shared
{
    Shared(asio::any_io_executor engineToUse, Clock& clockToUse,
           std::shared_ptr<net::TicketRegistry> ticketsToUse)
        : engine(std::move(engineToUse)), clock(clockToUse), tickets(std::move(ticketsToUse))
    {
    }

    bool has(const net::PeerKey& peer) const
    {
        const auto at = entries.find(peer);
        return at != entries.end() && at->second.link->up();
    }

    asio::any_io_executor engine;
    Clock& clock;
    std::shared_ptr<net::TicketRegistry> tickets;
    std::map<net::PeerKey, Entry> entries;
    std::uint64_t number = 0;
    /// See Dialer::epochOf(). Of members only.
    std::map<net::PeerKey, std::uint64_t> epochs;
    std::uint64_t epochOfAll = 0;
    std::uint64_t lastEpoch = 0;
};

/// Whoever stops waiting: the ticket is worth nothing then.
struct LinksIn::Leave
{
    Shared& shared;
    net::PeerKey peer;
    std::uint64_t number;
    net::Ticket ticket;

    ~Leave()
    {
        shared.tickets->forget(ticket);
        const auto at = shared.entries.find(peer);
        if (at != shared.entries.end()) at->second.meetings.erase(number);
    }
};

class LinksIn::LinkDialer final : public net::Dialer
{
public:
    LinkDialer(std::shared_ptr<Shared> shared, net::Dialer& plain)
        : m_shared(std::move(shared)), m_plain(std::make_shared<net::Dialer*>(&plain))
    {
    }
    ~LinkDialer() override { *m_plain = nullptr; }
    LinkDialer(const LinkDialer&) = delete;
    LinkDialer& operator=(const LinkDialer&) = delete;

    asio::awaitable<Result<net::Stream>> dial(std::vector<net::Location> locations) override
    {
        return (*m_plain)->dial(std::move(locations));
    }
    asio::awaitable<Result<net::Stream>> dialPeer(net::PeerKey peer,
                                                  std::vector<net::Location> locations) override
    {
        return dialBoth(m_shared, m_plain, peer, std::move(locations));
    }
    bool hasOwnWay(const net::PeerKey& peer) const override { return m_shared->has(peer); }
    std::uint64_t epochOf(const net::PeerKey& peer) const override
    {
        const auto at = m_shared->epochs.find(peer);
        return std::max(m_shared->epochOfAll, at == m_shared->epochs.end() ? 0 : at->second);
    }

private:
    static asio::awaitable<Result<net::Stream>> dialBoth(std::shared_ptr<Shared> shared,
                                                         std::shared_ptr<net::Dialer*> plain,
                                                         net::PeerKey peer,
                                                         std::vector<net::Location> locations)
    {
        std::optional<Error> failed;
        if (shared->has(peer)) {
            Result<net::Stream> stream = co_await meet(shared, peer);
            if (stream || stream.error().code() == ErrorCode::Cancelled) co_return stream;
            failed = stream.error();
        }
        if (*plain == nullptr) co_return Error(ErrorCode::Cancelled, "the dialer was closed");
        if (failed && locations.empty()) co_return *failed;
        Result<net::Stream> stream = co_await (*plain)->dial(std::move(locations));
        if (stream || !failed) co_return stream;
        co_return Error(stream.error().code(), failed->message() + "; " + stream.error().message());
    }

    std::shared_ptr<Shared> m_shared;
    std::shared_ptr<net::Dialer*> m_plain; ///< null once this object has gone
};

LinksIn::LinksIn(Parts parts)
    : m_parts(std::move(parts)),
      m_shared(std::make_shared<Shared>(m_parts.engine, m_parts.clock, m_parts.tickets)),
      m_tasks(m_parts.engine)
{
}

LinksIn::~LinksIn()
{
    for (auto& [peer, entry] : m_shared->entries)
        entry.link->close(Error(ErrorCode::Cancelled, "this node is stopping"));
}

std::unique_ptr<net::Dialer> LinksIn::dialer(net::Dialer& plain) const
{
    return std::make_unique<LinkDialer>(m_shared, plain);
}

bool LinksIn::has(const Ed25519PublicKey& member) const
{
    return m_shared->has(net::peerKeyOf(member));
}

std::size_t LinksIn::size() const
{
    return m_shared->entries.size();
}

Result<void> LinksIn::mayLink(const Ed25519PublicKey& member)
{
    const TimePoint now = m_parts.clock.now();
    const auto [at, isNew] = m_buckets.try_emplace(member, Bucket{kLinkBurst, now});
    Bucket& bucket = at->second;
    const double passed = std::chrono::duration<double>(now - bucket.at).count();
    bucket.at = now;
    bucket.tokens = std::min(bucket.tokens + passed * kLinksPerSecond, kLinkBurst);
    if (bucket.tokens < 1) return Error(ErrorCode::Conflict, "links are made too often: wait 5 s");
    bucket.tokens -= 1;
    return ok();
}

void LinksIn::accept(const Ed25519PublicKey& member, net::UpgradedChannel taken)
{
    const net::PeerKey peer = net::peerKeyOf(member);
    net::PeerLink::Events events;
    events.heard = [this, member, peer] {
        Entry& entry = m_shared->entries.at(peer);
        m_parts.heard(member);
        if (std::exchange(entry.told, true)) return;
        TARN_LOG(Info, Main, "a member keeps a link to this node",
                 {"member", wire::nodeIdOf(member)});
        m_parts.changed(member, true);
    };
    events.refused = [this, peer](const net::LinkRefusal& refusal) {
        Entry& entry = m_shared->entries.at(peer);
        const auto at = entry.meetings.find(refusal.number);
        if (at == entry.meetings.end()) return;
        at->second->fail(unreachable("over its link: " + std::string(nameOf(refusal.reason))));
    };
    auto link = std::make_shared<net::PeerLink>(m_parts.engine, std::move(taken),
                                                net::PeerLink::Side::Taken, m_parts.clock,
                                                std::move(events));
    Entry& entry = m_shared->entries[peer];
    const Error replaced = unreachable("the member has made another link");
    if (entry.link) entry.link->close(replaced);
    entry.failAll(replaced);
    entry.told = false;
    entry.member = member;
    entry.link = link;
    entry.nextTry = m_parts.clock.now() + kFirstTry;
    m_shared->epochs[peer] = ++m_shared->lastEpoch;
    m_tasks.spawn(run(peer, std::move(link)));
}

asio::awaitable<void> LinksIn::run(net::PeerKey peer, std::shared_ptr<net::PeerLink> link)
{
    const Error why = co_await net::PeerLink::run(link);
    const auto at = m_shared->entries.find(peer);
    if (at == m_shared->entries.end() || at->second.link != link) co_return;
    const Ed25519PublicKey member = at->second.member;
    const bool told = at->second.told;
    at->second.failAll(why);
    m_shared->entries.erase(at);
    TARN_LOG(Info, Main, "a member's link is gone", {"member", wire::nodeIdOf(member)},
             {"reason", why.message()});
    if (told) m_parts.changed(member, false);
}

void LinksIn::networkChanged()
{
    m_shared->epochOfAll = ++m_shared->lastEpoch;
}

void LinksIn::dropStrangers()
{
    std::erase_if(m_buckets, [this](const auto& one) { return !m_parts.belongs(one.first); });
    for (auto& [peer, entry] : m_shared->entries)
        if (!m_parts.belongs(entry.member))
            entry.link->close(Error(ErrorCode::Unauthorized, "no member any more"));
}

void LinksIn::tick()
{
    dropStrangers();
    const TimePoint now = m_parts.clock.now();
    for (auto& [peer, entry] : m_shared->entries) {
        entry.link->tick();
        if (!entry.link->up() || entry.trying || now < entry.nextTry) continue;
        entry.trying = true;
        m_tasks.spawn(tryDirectly(entry.member));
    }
}

asio::awaitable<Result<void>> LinksIn::connectDirectly(Ed25519PublicKey member)
{
    std::vector<net::Location> locations = m_parts.locationsOf(member);
    const net::PeerKey peer = net::peerKeyOf(member);
    Result<void> out = unreachable("it tells no address");
    for (net::Location& location : locations) {
        std::vector<net::Location> one;
        one.push_back(std::move(location));
        Result<net::Stream> stream = co_await m_parts.plain().dial(std::move(one));
        if (!stream) {
            out = stream.error();
            continue;
        }
        const auto tls =
            co_await net::connectTls(*std::move(stream), m_tls, peer, m_parts.clock, kTryLimit);
        if (tls) co_return ok();
        out = tls.error();
    }
    co_return out;
}

/// Who can be connected to needs no link.
asio::awaitable<void> LinksIn::tryDirectly(Ed25519PublicKey member)
{
    asio::awaitable<Result<void>> work = connectDirectly(member);
    const Result<void> connected = co_await withDeadline<void>(
        m_parts.clock, kTryLimit, "connecting to a member", std::move(work));
    const auto at = m_shared->entries.find(net::peerKeyOf(member));
    if (at != m_shared->entries.end()) {
        at->second.trying = false;
        at->second.nextTry = m_parts.clock.now() + kNextTry;
    }
    m_parts.reached(member, connected);
}

asio::awaitable<Result<net::Stream>> LinksIn::meet(std::shared_ptr<Shared> shared,
                                                   net::PeerKey peer)
{
    const auto at = shared->entries.find(peer);
    if (at == shared->entries.end()) co_return unreachable("it keeps no link to this node");
    if (at->second.meetings.size() >= kMeetingsAtOnce)
        co_return unreachable("too many connections are asked for over its link");
    const auto meeting = std::make_shared<Meeting>(shared->engine);
    auto taker = [left = std::weak_ptr<Meeting>(meeting)](net::Stream stream) {
        const std::shared_ptr<Meeting> waiting = left.lock();
        if (!waiting) return;
        stream.choice = net::kNoChoice;
        waiting->stream.emplace(std::move(stream));
        waiting->over.notifyAll();
    };
    TARN_CO_TRY(const net::Ticket ticket,
                shared->tickets->expect(net::PreambleMode::Reverse, kTicketLife, std::move(taker)));
    const std::uint64_t number = ++shared->number;
    at->second.meetings.emplace(number, meeting);
    const Leave leave{*shared, peer, number, ticket};
    net::LinkReverse frame;
    frame.number = number;
    frame.ticket = ticket;
    TARN_CO_TRY_VOID(at->second.link->send(net::LinkFrame(frame)));
    asio::awaitable<Result<void>> coming =
        [](std::shared_ptr<Meeting> mine) -> asio::awaitable<Result<void>> {
        while (!mine->stream && !mine->failed)
            co_await mine->over.wait();
        co_return ok();
    }(meeting);
    const Result<void> came = co_await withDeadline<void>(
        shared->clock, kMeetingLimit, "a connection asked for over a link", std::move(coming));
    if (meeting->stream) co_return std::move(*meeting->stream);
    if (meeting->failed) co_return *meeting->failed;
    co_return came.error();
}

asio::awaitable<void> LinksIn::stop()
{
    for (auto& [peer, entry] : m_shared->entries)
        entry.link->close(Error(ErrorCode::Cancelled, "this node is stopping"));
    m_tasks.cancel();
    co_await m_tasks.join();
    for (auto& [peer, entry] : m_shared->entries)
        entry.failAll(Error(ErrorCode::Cancelled, "this node is stopping"));
    m_shared->entries.clear();
}

} // namespace tarn::profiles
