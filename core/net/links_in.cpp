#include "core/net/links_in.h"

#include "core/base/executor.h"
#include "core/base/log.h"
#include "core/net/peer_proof.h"
#include "core/net/tls_stream.h"
#include "core/wire/node_id.h"

#include <algorithm>

namespace tarn::net {

namespace {

constexpr Duration kTicketLife = std::chrono::seconds(10);
/// From asking a member to its connection.
constexpr Duration kMeetingLimit = std::chrono::seconds(5);
constexpr std::size_t kMeetingsAtOnce = 16; ///< of one member
constexpr std::size_t kCallsKept = 100;     ///< whose refusals are passed on
constexpr std::size_t kSignalsAtOnce = 8;   ///< to one member
constexpr Duration kSignalLimit = std::chrono::seconds(5);
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

    std::optional<Stream> stream;
    std::optional<Error> failed;
    Signal over;
};

/// Somebody waits for an answer.
struct LinksIn::Question
{
    explicit Question(const asio::any_io_executor& engine) : over(engine) {}

    void fail(const Error& why)
    {
        if (!answer && !failed) failed = why;
        over.notifyAll();
    }

    std::optional<Bytes> answer;
    std::optional<Error> failed;
    Signal over;
};

struct LinksIn::Entry
{
    Ed25519PublicKey member;
    std::shared_ptr<PeerLink> link;
    bool told = false;   ///< that it is up, this link or the one before
    bool heard = false;  ///< on this link
    bool trying = false; ///< to connect directly
    TimePoint nextTry{};
    std::map<std::uint64_t, std::shared_ptr<Meeting>> meetings;
    std::map<std::uint64_t, std::function<void(const Error&)>> calls;
    std::map<std::uint64_t, std::shared_ptr<Question>> questions;

    void failAll(const Error& why)
    {
        for (const auto& [number, meeting] : std::exchange(meetings, {}))
            meeting->fail(why);
        for (const auto& [number, question] : std::exchange(questions, {}))
            question->fail(why);
        for (const auto& [number, refused] : std::exchange(calls, {}))
            refused(why);
    }
};

struct LinksIn::Shared
{
    Shared(asio::any_io_executor engineToUse, Clock& clockToUse,
           std::shared_ptr<TicketRegistry> ticketsToUse)
        : engine(std::move(engineToUse)), clock(clockToUse), tickets(std::move(ticketsToUse))
    {
    }

    bool has(const PeerKey& peer) const
    {
        const auto at = entries.find(peer);
        return at != entries.end() && at->second.link->up();
    }

    asio::any_io_executor engine;
    Clock& clock;
    std::shared_ptr<TicketRegistry> tickets;
    std::map<PeerKey, Entry> entries;
    std::uint64_t number = 0;
    /// See Dialer::epochOf(). Of members only.
    std::map<PeerKey, std::uint64_t> epochs;
    std::uint64_t epochOfAll = 0;
    std::uint64_t lastEpoch = 0;
};

/// Whoever stops waiting: the ticket is worth nothing then.
struct LinksIn::Leave
{
    Shared& shared;
    PeerKey peer;
    std::uint64_t number;
    Ticket ticket;

    ~Leave()
    {
        shared.tickets->forget(ticket);
        const auto at = shared.entries.find(peer);
        if (at != shared.entries.end()) at->second.meetings.erase(number);
    }
};

/// The same for who stops waiting for an answer.
struct LinksIn::LeaveQuestion
{
    Shared& shared;
    PeerKey peer;
    std::uint64_t number;

    ~LeaveQuestion()
    {
        const auto at = shared.entries.find(peer);
        if (at != shared.entries.end()) at->second.questions.erase(number);
    }
};

class LinksIn::LinkDialer final : public Dialer
{
public:
    LinkDialer(std::shared_ptr<Shared> shared, Dialer& plain)
        : m_shared(std::move(shared)), m_plain(std::make_shared<Dialer*>(&plain))
    {
    }
    ~LinkDialer() override { *m_plain = nullptr; }
    LinkDialer(const LinkDialer&) = delete;
    LinkDialer& operator=(const LinkDialer&) = delete;

    asio::awaitable<Result<Stream>> dial(std::vector<Location> locations) override
    {
        return (*m_plain)->dial(std::move(locations));
    }
    asio::awaitable<Result<Stream>> dialPeer(PeerKey peer, std::vector<Location> locations) override
    {
        return dialBoth(m_shared, m_plain, peer, std::move(locations));
    }
    bool hasOwnWay(const PeerKey& peer) const override { return m_shared->has(peer); }
    std::uint64_t epochOf(const PeerKey& peer) const override
    {
        const auto at = m_shared->epochs.find(peer);
        return std::max(m_shared->epochOfAll, at == m_shared->epochs.end() ? 0 : at->second);
    }

private:
    static asio::awaitable<Result<Stream>> dialBoth(std::shared_ptr<Shared> shared,
                                                    std::shared_ptr<Dialer*> plain, PeerKey peer,
                                                    std::vector<Location> locations)
    {
        std::optional<Error> failed;
        if (shared->has(peer)) {
            Result<Stream> stream = co_await meet(shared, peer);
            if (stream || stream.error().code() == ErrorCode::Cancelled) co_return stream;
            failed = stream.error();
        }
        if (*plain == nullptr) co_return Error(ErrorCode::Cancelled, "the dialer was closed");
        if (failed && locations.empty()) co_return *failed;
        Result<Stream> stream = co_await (*plain)->dial(std::move(locations));
        if (stream || !failed) co_return stream;
        co_return Error(stream.error().code(), failed->message() + "; " + stream.error().message());
    }

    std::shared_ptr<Shared> m_shared;
    std::shared_ptr<Dialer*> m_plain; ///< null once this object has gone
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

std::unique_ptr<Dialer> LinksIn::dialer(Dialer& plain) const
{
    return std::make_unique<LinkDialer>(m_shared, plain);
}

bool LinksIn::has(const Ed25519PublicKey& member) const
{
    return m_shared->has(peerKeyOf(member));
}

bool LinksIn::hasPeer(const PeerKey& peer) const
{
    return m_shared->has(peer);
}

std::optional<Ed25519PublicKey> LinksIn::keyOf(const PeerKey& peer) const
{
    const auto at = m_shared->entries.find(peer);
    if (at == m_shared->entries.end() || !at->second.link->up()) return std::nullopt;
    return at->second.member;
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

void LinksIn::refused(const PeerKey& peer, const LinkRefusal& refusal)
{
    Entry& entry = m_shared->entries.at(peer);
    const Error why = unreachable("over its link: " + std::string(nameOf(refusal.reason)));
    if (const auto at = entry.meetings.find(refusal.number); at != entry.meetings.end())
        at->second->fail(why);
    if (const auto at = entry.questions.find(refusal.number); at != entry.questions.end())
        at->second->fail(why);
    const auto call = entry.calls.find(refusal.number);
    if (call == entry.calls.end()) return;
    const std::function<void(const Error&)> tell = std::move(call->second);
    entry.calls.erase(call);
    tell(why);
}

PeerLink::Events LinksIn::eventsOf(const Ed25519PublicKey& member)
{
    const PeerKey peer = peerKeyOf(member);
    PeerLink::Events events;
    events.heard = [this, member, peer] {
        Entry& entry = m_shared->entries.at(peer);
        m_parts.heard(member);
        if (std::exchange(entry.heard, true)) return;
        entry.told = true;
        if (!(m_terms == LinkTerms())) {
            const Result<void> said = entry.link->send(m_terms);
            if (!said) return; // it is over
        }
        TARN_LOG(Info, Main, "a member keeps a link to this node",
                 {"member", wire::nodeIdOf(member)});
        m_parts.changed(member, true);
    };
    events.refused = [this, peer](const LinkRefusal& refusal) { refused(peer, refusal); };
    events.answered = [this, peer](const LinkSignalAnswer& answer) {
        Entry& entry = m_shared->entries.at(peer);
        const auto at = entry.questions.find(answer.number);
        if (at == entry.questions.end()) return;
        at->second->answer = answer.answer;
        at->second->over.notifyAll();
    };
    return events;
}

void LinksIn::accept(const Ed25519PublicKey& member, UpgradedChannel taken)
{
    const PeerKey peer = peerKeyOf(member);
    PeerLink::Events events = eventsOf(member);
    auto link = std::make_shared<PeerLink>(m_parts.engine, std::move(taken), PeerLink::Side::Taken,
                                           m_parts.clock, std::move(events));
    Entry& entry = m_shared->entries[peer];
    const Error replaced = unreachable("the member has made another link");
    if (entry.link) entry.link->close(replaced);
    entry.failAll(replaced);
    entry.heard = false;
    entry.member = member;
    entry.link = link;
    entry.nextTry = m_parts.clock.now() + kFirstTry;
    m_shared->epochs[peer] = ++m_shared->lastEpoch;
    m_tasks.spawn(run(peer, std::move(link)));
}

asio::awaitable<void> LinksIn::run(PeerKey peer, std::shared_ptr<PeerLink> link)
{
    const Error why = co_await PeerLink::run(link);
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
    for (auto at = m_shared->epochs.begin(); at != m_shared->epochs.end();) {
        const bool known = m_shared->entries.contains(at->first) || m_shared->epochs.size() < 1024;
        at = known ? std::next(at) : m_shared->epochs.erase(at);
    }
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
    std::vector<Location> locations = m_parts.locationsOf(member);
    const PeerKey peer = peerKeyOf(member);
    Result<void> out = unreachable("it tells no address");
    for (Location& location : locations) {
        std::vector<Location> one;
        one.push_back(std::move(location));
        Result<Stream> stream = co_await m_parts.plain().dial(std::move(one));
        if (!stream) {
            out = stream.error();
            continue;
        }
        const auto tls =
            co_await connectTls(*std::move(stream), m_tls, peer, m_parts.clock, kTryLimit);
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
    const auto at = m_shared->entries.find(peerKeyOf(member));
    if (at != m_shared->entries.end()) {
        at->second.trying = false;
        at->second.nextTry = m_parts.clock.now() + kNextTry;
    }
    m_parts.reached(member, connected);
}

asio::awaitable<Result<Stream>> LinksIn::meet(std::shared_ptr<Shared> shared, PeerKey peer)
{
    const auto at = shared->entries.find(peer);
    if (at == shared->entries.end()) co_return unreachable("it keeps no link to this node");
    if (at->second.meetings.size() >= kMeetingsAtOnce)
        co_return unreachable("too many connections are asked for over its link");
    const auto meeting = std::make_shared<Meeting>(shared->engine);
    auto taker = [left = std::weak_ptr<Meeting>(meeting)](Stream stream) {
        const std::shared_ptr<Meeting> waiting = left.lock();
        if (!waiting) return;
        stream.choice = kNoChoice;
        waiting->stream.emplace(std::move(stream));
        waiting->over.notifyAll();
    };
    TARN_CO_TRY(const Ticket ticket,
                shared->tickets->expect(PreambleMode::Reverse, kTicketLife, std::move(taker)));
    const std::uint64_t number = ++shared->number;
    at->second.meetings.emplace(number, meeting);
    const Leave leave{*shared, peer, number, ticket};
    LinkReverse frame;
    frame.number = number;
    frame.ticket = ticket;
    TARN_CO_TRY_VOID(at->second.link->send(LinkFrame(frame)));
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

void LinksIn::setTerms(const LinkTerms& terms)
{
    if (m_terms == terms) return;
    m_terms = terms;
    for (auto& [peer, entry] : m_shared->entries) {
        if (!entry.heard || !entry.link->up()) continue;
        const Result<void> said = entry.link->send(terms);
        static_cast<void>(said); // the link is over then
    }
}

Result<void> LinksIn::call(const PeerKey& peer, const Ticket& ticket,
                           std::function<void(const Error&)> refused)
{
    const auto at = m_shared->entries.find(peer);
    if (at == m_shared->entries.end() || !at->second.link->up())
        return unreachable("it keeps no link to here");
    LinkReverse frame;
    frame.number = ++m_shared->number;
    frame.ticket = ticket;
    frame.relayed = true;
    TARN_TRY_VOID(at->second.link->send(LinkFrame(frame)));
    auto& calls = at->second.calls;
    if (calls.size() >= kCallsKept) calls.erase(calls.begin());
    calls.emplace(frame.number, std::move(refused));
    return ok();
}

asio::awaitable<Result<Bytes>> LinksIn::signal(PeerKey peer, PeerKey from, Bytes question)
{
    return carry(m_shared, peer, from, std::move(question));
}

asio::awaitable<Result<Bytes>> LinksIn::carry(std::shared_ptr<Shared> shared, PeerKey peer,
                                              PeerKey from, Bytes question)
{
    if (question.size() > kLargestSignalBytes)
        co_return Error(ErrorCode::InvalidInput, "a question above 3072 bytes");
    const auto at = shared->entries.find(peer);
    if (at == shared->entries.end() || !at->second.link->up())
        co_return unreachable("it keeps no link to here");
    if (at->second.questions.size() >= kSignalsAtOnce)
        co_return unreachable("too many questions wait for its answers");
    const auto mine = std::make_shared<Question>(shared->engine);
    const std::uint64_t number = ++shared->number;
    at->second.questions.emplace(number, mine);
    const LeaveQuestion leave{*shared, peer, number};
    LinkSignal frame;
    frame.number = number;
    frame.from = from;
    frame.question = std::move(question);
    TARN_CO_TRY_VOID(at->second.link->send(LinkFrame(std::move(frame))));
    asio::awaitable<Result<void>> coming =
        [](std::shared_ptr<Question> one) -> asio::awaitable<Result<void>> {
        while (!one->answer && !one->failed)
            co_await one->over.wait();
        co_return ok();
    }(mine);
    const Result<void> came = co_await withDeadline<void>(
        shared->clock, kSignalLimit, "an answer over a link", std::move(coming));
    if (mine->answer) co_return std::move(*mine->answer);
    if (mine->failed) co_return *mine->failed;
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

} // namespace tarn::net
