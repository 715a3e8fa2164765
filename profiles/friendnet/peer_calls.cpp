#include "profiles/friendnet/peer_calls.h"

#include "core/base/log.h"
#include "core/gossip/server_announcement.h"
#include "core/net/peer_proof.h"
#include "core/net/tls_stream.h"
#include "core/wire/node_id.h"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <algorithm>

namespace tarn::profiles {

namespace {

constexpr Duration kBeat = std::chrono::seconds(2);
/// Whoever was not heard for so long is asked.
constexpr Duration kPulse = std::chrono::seconds(40);
/// Whoever asks here itself is asked for its figures after so long.
constexpr Duration kFigures = std::chrono::seconds(60);
/// With a link, which shows that somebody is there.
constexpr Duration kLinkedPulse = std::chrono::seconds(120);
/// Who came by itself so lately is here, though it cannot be asked.
constexpr Duration kJustHeard = std::chrono::seconds(20);
constexpr Duration kDeadline = std::chrono::seconds(8);
/// Without a word for so long a member is taken for gone.
constexpr Duration kSilence = std::chrono::seconds(60);
constexpr Duration kFirstRest = std::chrono::seconds(2);
constexpr Duration kRest = std::chrono::seconds(10);
constexpr Duration kLongRest = std::chrono::seconds(60);
constexpr unsigned kPatientAfter = 60; ///< failures in a row: ten minutes
/// Between two beats, or of the wall clock: this machine slept.
constexpr Duration kJump = std::chrono::seconds(10);
constexpr std::size_t kAskedAtOnce = 8;
/// Questions to one member: on the way of before, which may take long to fail, and on a new one.
constexpr unsigned kAskedTwice = 2;
constexpr Duration kEarlyPulse = std::chrono::seconds(4);
constexpr unsigned kEarly = 5;
constexpr unsigned kSaysTwice = 2;
constexpr Duration kSecondAsk = std::chrono::seconds(2);
/// Between a member's own request and the moment when it is connected to.
constexpr Duration kJustThere = std::chrono::seconds(3);
/// Figures that a member may still believe.
constexpr std::size_t kToldKept = 8;
/// What a member heard before this node's start it may say a little longer.
constexpr Duration kHearsay = std::chrono::seconds(30);

Duration restAfter(unsigned failures)
{
    if (failures > kPatientAfter) return kLongRest;
    return std::min<Duration>(kFirstRest * failures, kRest);
}

net::RequestHead headOf(std::string_view method, std::string_view path)
{
    net::RequestHead head;
    head.method = method;
    head.target = path;
    head.headers.add("Host", "localhost");
    return head;
}

Error unlike(unsigned status)
{
    if (status == 403) return Error(ErrorCode::Unauthorized, "it does not know this node");
    return Error(ErrorCode::PeerMisbehaved, "it answered " + std::to_string(status));
}

} // namespace

/// Counted while it lives.
class PeerCalls::Post
{
public:
    explicit Post(std::shared_ptr<Posts> posts) : m_posts(std::move(posts)) { ++m_posts->running; }
    ~Post()
    {
        --m_posts->running;
        m_posts->changed.notifyAll();
    }
    Post(const Post&) = delete;
    Post& operator=(const Post&) = delete;

private:
    std::shared_ptr<Posts> m_posts;
};

PeerCalls::PeerCalls(Parts parts)
    : m_parts(std::move(parts)), m_posts(std::make_shared<Posts>(m_parts.engine)),
      m_tasks(m_parts.engine)
{
}

void PeerCalls::start()
{
    m_tasks.spawn(beat());
}

asio::awaitable<void> PeerCalls::stop()
{
    m_posts->stopping = true;
    m_posts->changed.notifyAll();
    m_tasks.cancel();
    co_await m_tasks.join();
    while (m_posts->running > 0)
        co_await m_posts->changed.wait();
}

asio::awaitable<void> PeerCalls::untilStopping(std::shared_ptr<Posts> posts)
{
    while (!posts->stopping)
        co_await posts->changed.wait();
}

Presence PeerCalls::of(const Ed25519PublicKey& member) const
{
    const auto at = m_peers.find(member);
    return at != m_peers.end() ? at->second.presence : Presence();
}

// --- who is there ---

bool PeerCalls::jumped()
{
    const TimePoint now = m_parts.clock.now();
    const Duration offset = m_parts.clock.wallNow().time_since_epoch() - now.time_since_epoch();
    const bool late = m_lastBeat && now - *m_lastBeat > kJump;
    const bool shifted = m_offset && std::chrono::abs(offset - *m_offset) > kJump;
    m_lastBeat = now;
    m_offset = offset;
    return late || shifted;
}

asio::awaitable<void> PeerCalls::beat()
{
    while (true) {
        const bool slept = jumped();
        if (slept) {
            for (auto& [key, peer] : m_peers)
                peer.due = TimePoint{};
            m_parts.records.compareSoon();
        }
        m_parts.tick(slept);
        loseThoseSilent();
        askThoseDue();
        co_await m_parts.clock.sleep(kBeat);
    }
}

void PeerCalls::loseThoseSilent()
{
    const TimePoint now = m_parts.clock.now();
    for (auto& [key, peer] : m_peers) {
        if (!peer.presence.online || now - peer.lastGood < kSilence) continue;
        peer.presence.online = false;
        peer.presence.path.clear();
        m_parts.changed(key, false);
    }
}

void PeerCalls::askThoseDue()
{
    const TimePoint now = m_parts.clock.now();
    const std::vector<gossip::RecordPtr> all = m_parts.records.announcements();
    for (std::size_t i = 0; i < all.size(); ++i) {
        const std::size_t turn = (m_turn + i) % all.size();
        const Ed25519PublicKey& key = all[turn]->signer();
        if (key == m_parts.key.publicKey()) continue;
        Peer& peer = m_peers[key];
        if (peer.asking || peer.due > now || peer.running >= kAskedTwice) continue;
        if (m_asking >= kAskedAtOnce) {
            m_turn = turn; // the others had their turn
            return;
        }
        peer.asking = true;
        ++peer.running;
        ++m_asking;
        m_tasks.spawn(ask(key, ++peer.asks));
    }
}

/// \param number  of this question to the member: one that was given up does not speak for the
/// next.
asio::awaitable<void> PeerCalls::ask(Ed25519PublicKey member, std::uint64_t number)
{
    Result<node::AccountReport> report = co_await askAccount(member);
    --m_asking;
    Peer& peer = m_peers[member];
    --peer.running;
    if (peer.asks == number) peer.asking = false;
    if (!report) co_return;
    const bool isNew = !peer.presence.account.has_value();
    peer.presence.account = *report;
    // Both have been asked soon after a start, if both can be.
    if (!report->yours && ++peer.early <= kEarly) peer.due = m_parts.clock.now() + kEarlyPulse;
    understandReach(member, peer);
    compare(peer);
    if (isNew) m_parts.changed(member, true); // there is an account now
}

/// What it says once may be of a moment when this node was not there.
void PeerCalls::understandReach(const Ed25519PublicKey& member, Peer& peer)
{
    const std::optional<bool> reached = peer.presence.account->reached;
    if (!reached || peer.aside) return; // a link to it could not be made
    peer.saysUnreached = *reached ? 0 : peer.saysUnreached + 1;
    if (*reached || peer.saysUnreached >= kSaysTwice)
        m_parts.told(member, *reached);
    else
        peer.due = m_parts.clock.now() + kSecondAsk;
}

/// Somebody that shows itself and cannot be connected to at the same time is out of reach, until it
/// is reached; others may only be away.
void PeerCalls::noteTried(const Ed25519PublicKey& member, const Error& error, TimePoint begun)
{
    Peer& peer = m_peers[member];
    if (peer.lastIn && *peer.lastIn + kJustThere >= begun) {
        noteReach(member, error);
        return;
    }
    if (peer.presence.reached.value_or(false)) peer.presence.reached.reset();
}

/// A member says what this node told it, only later.
void PeerCalls::compare(Peer& peer) const
{
    const std::optional<std::uint64_t>& says = peer.presence.account->yours;
    if (!says || !peer.firstTold) return;
    const bool known = std::find(peer.told.begin(), peer.told.end(), *says) != peer.told.end();
    if (known)
        peer.presence.agrees = true;
    else if (m_parts.clock.now() - *peer.firstTold > kHearsay)
        peer.presence.agrees = false;
}

void PeerCalls::told(const Ed25519PublicKey& member, std::uint64_t used)
{
    Peer& peer = m_peers[member];
    if (!peer.firstTold) peer.firstTold = m_parts.clock.now();
    if (!peer.told.empty() && peer.told.back() == used) return;
    peer.told.push_back(used);
    if (peer.told.size() > kToldKept) peer.told.pop_front();
    // It says so when it is asked next.
    peer.askBy = m_parts.clock.now() + kEarlyPulse;
    peer.due = std::min(peer.due, *peer.askBy);
    if (peer.presence.account && peer.presence.account->yours == used) peer.presence.agrees = true;
}

void PeerCalls::heard(const Ed25519PublicKey& from)
{
    Peer& peer = m_peers[from];
    peer.lastIn = m_parts.clock.now();
    // Now is when to see whether it can be connected to.
    const bool known = peer.presence.reached.value_or(false) || peer.aside || m_parts.linked(from);
    if (!known)
        peer.due = std::min(peer.due, *peer.lastIn);
    else if (peer.presence.account && peer.failures == 0 && !peer.askBy)
        peer.due = std::max(peer.due, std::min(*peer.lastIn + kPulse, peer.lastAsked + kFigures));
    const std::string path = peer.presence.path;
    noteGood(from, path.empty() ? "in" : path);
}

void PeerCalls::noteGood(const Ed25519PublicKey& member, std::string path)
{
    Peer& peer = m_peers[member];
    peer.lastGood = m_parts.clock.now();
    m_parts.seen.note(member);
    peer.presence.path = std::move(path);
    const bool cameBack = !peer.presence.online;
    peer.presence.online = true;
    if (!cameBack) return;
    TARN_LOG(Info, Main, "a member is here", {"member", wire::nodeIdOf(member)});
    m_parts.records.meet(member);
    m_parts.changed(member, true);
}

void PeerCalls::noteBad(const Ed25519PublicKey& member, const Error& error)
{
    Peer& peer = m_peers[member];
    ++peer.failures;
    peer.aside = false;
    peer.due = m_parts.clock.now() + restAfter(peer.failures);
    peer.presence.problem = error.text();
    // Who comes here by itself is here, whether it can be reached or not.
    const bool comes = m_parts.clock.now() - peer.lastGood < kJustHeard;
    if (!peer.presence.online || comes) return;
    peer.presence.online = false;
    peer.presence.path.clear();
    TARN_LOG(Info, Main, "a member is gone", {"member", wire::nodeIdOf(member)},
             {"error", error.text()});
    m_parts.changed(member, false);
}

std::string PeerCalls::pathOf(const Ed25519PublicKey& member, const Answer& answer)
{
    Peer& peer = m_peers[member];
    peer.aside = answer.path == net::PathKind::Relayed || answer.path == net::PathKind::Punched;
    // Nobody has connected to it there.
    if (peer.aside || answer.path == net::PathKind::Reversed)
        return std::string(net::nameOf(answer.path));
    noteReach(member, ok());
    const std::vector<net::Location> locations = locationsOf(member);
    for (const net::Location& location : locations)
        if (wire::placeOf(location) == answer.peer) return wire::textOf(location);
    return locations.empty() ? std::string() : wire::textOf(locations.front());
}

void PeerCalls::noteReach(const Ed25519PublicKey& member, const Result<void>& connected)
{
    Presence& presence = m_peers[member].presence;
    presence.reached = connected.has_value();
    presence.unreached.clear();
    if (!connected)
        presence.unreached = "it cannot be connected to: " + connected.error().message();
}

bool PeerCalls::reachedBySome() const
{
    return std::any_of(m_peers.begin(), m_peers.end(), [](const auto& one) {
        const std::optional<node::AccountReport>& account = one.second.presence.account;
        return account && account->reached.value_or(false);
    });
}

void PeerCalls::linkChanged(const Ed25519PublicKey& member)
{
    Peer& peer = m_peers[member];
    peer.due = TimePoint{};
    peer.asking = false; // whoever asks now asks on the way of before, which may take long to fail
    if (!m_posts->stopping) askThoseDue();
}

// --- requests ---

std::vector<net::Location> PeerCalls::locationsOf(const Ed25519PublicKey& member) const
{
    std::vector<net::Location> out;
    const gossip::RecordPtr record = m_parts.records.announcementOf(member);
    if (record == nullptr) return out;
    const Result<gossip::ServerAnnouncement> server = gossip::readAnnouncement(*record);
    if (!server) return out;
    for (const std::string& text : server->locations)
        if (Result<wire::Location> location = wire::parseLocation(text))
            out.push_back(*std::move(location));
    return out;
}

Result<void> PeerCalls::locate(const Ed25519PublicKey& member)
{
    std::vector<net::Location> locations = locationsOf(member);
    const bool other = m_parts.otherWay && m_parts.otherWay(member);
    if (locations.empty() && !m_parts.linked(member) && !other)
        return Error(ErrorCode::PeerUnreachable, "it has told no address");
    m_parts.pool.setLocations(net::peerKeyOf(member), std::move(locations));
    return ok();
}

asio::awaitable<Result<PeerCalls::Answer>>
PeerCalls::request(Ed25519PublicKey member, net::RequestHead head, Bytes body, std::size_t limit)
{
    TARN_CO_TRY_VOID(locate(member));
    net::RequestOptions options;
    options.acquireLimit = kDeadline;
    options.force = true; // this class has its own pauses
    const net::PeerKey key = net::peerKeyOf(member);
    TARN_CO_TRY(net::PooledConnection connection, co_await m_parts.pool.acquire(key, options));
    TARN_CO_TRY(std::string proof, net::provePeer(m_parts.key, connection->channel()));
    head.headers.add(std::string(net::kPeerHeader), std::move(proof));
    const ByteView piece = body;
    const std::span<const ByteView> pieces(&piece, body.empty() ? 0 : 1);
    TARN_CO_TRY(const net::ResponseHead answered, co_await connection->request(head, pieces));
    Answer out;
    out.status = answered.status;
    const auto* const tls = dynamic_cast<const net::TlsStream*>(&connection->channel());
    if (tls != nullptr) out.path = tls->path();
    out.peer = connection->channel().peer();
    TARN_CO_TRY(out.body, co_await connection->readAll(limit));
    co_return out;
}

asio::awaitable<Result<node::AccountReport>> PeerCalls::askAccount(Ed25519PublicKey member)
{
    net::RequestHead head = headOf("GET", node::kAccountPath);
    Bytes nothing;
    const TimePoint begun = m_parts.clock.now();
    const bool linked = m_parts.linked(member);
    asio::awaitable<Result<Answer>> asking =
        request(member, std::move(head), std::move(nothing), node::kMaxAccountBytes);
    const Result<Answer> answer = co_await withDeadline<Answer>(
        m_parts.clock, kDeadline, "a member's answer", std::move(asking));
    if (!answer) {
        // What began before there was a link says nothing of the way that there is now.
        if (linked || !m_parts.linked(member)) noteBad(member, answer.error());
        if (!linked) noteTried(member, answer.error(), begun);
        co_return answer.error();
    }
    Peer& peer = m_peers[member];
    // Who does not know this node yet will soon, as news goes round.
    peer.failures = answer->status == 200 ? 0 : peer.failures + 1;
    peer.presence.problem.clear();
    const Duration pulse = m_parts.linked(member) ? kLinkedPulse : kPulse;
    peer.lastAsked = m_parts.clock.now();
    peer.askBy.reset();
    peer.due = peer.lastAsked + (peer.failures == 0 ? pulse : restAfter(peer.failures));
    noteGood(member, pathOf(member, *answer));
    if (answer->status != 200) co_return unlike(answer->status);
    co_return node::decodeReport(asText(answer->body));
}

asio::awaitable<Result<unsigned>> PeerCalls::post(Ed25519PublicKey member, std::string path,
                                                  Bytes body)
{
    using namespace asio::experimental::awaitable_operators;
    if (m_posts->stopping) co_return Error(ErrorCode::Cancelled, "this node is stopping");
    const Post counted(m_posts);
    net::RequestHead head = headOf("POST", path);
    asio::awaitable<Result<Answer>> asking =
        request(member, std::move(head), std::move(body), node::kMaxAccountBytes);
    asio::awaitable<Result<Answer>> inTime =
        withDeadline<Answer>(m_parts.clock, kDeadline, "a member's answer", std::move(asking));
    asio::awaitable<void> stopping = untilStopping(m_posts);
    const auto first = co_await (std::move(inTime) || std::move(stopping));
    if (first.index() == 1) co_return Error(ErrorCode::Cancelled, "this node is stopping");
    const Result<Answer>& answer = std::get<0>(first);
    if (!answer) co_return answer.error();
    noteGood(member, pathOf(member, *answer));
    co_return answer->status;
}

asio::awaitable<Result<Bytes>> PeerCalls::fetch(Ed25519PublicKey member, std::string path,
                                                Bytes body, std::size_t limit)
{
    using namespace asio::experimental::awaitable_operators;
    if (m_posts->stopping) co_return Error(ErrorCode::Cancelled, "this node is stopping");
    const Post counted(m_posts);
    net::RequestHead head = headOf("POST", path);
    asio::awaitable<Result<Answer>> asking =
        request(member, std::move(head), std::move(body), limit);
    asio::awaitable<Result<Answer>> inTime =
        withDeadline<Answer>(m_parts.clock, 2 * kDeadline, "a member's answer", std::move(asking));
    asio::awaitable<void> stopping = untilStopping(m_posts);
    auto first = co_await (std::move(inTime) || std::move(stopping));
    if (first.index() == 1) co_return Error(ErrorCode::Cancelled, "this node is stopping");
    Result<Answer>& answer = std::get<0>(first);
    if (!answer) co_return answer.error();
    noteGood(member, pathOf(member, *answer));
    if (answer->status != 200) co_return unlike(answer->status);
    co_return std::move(answer->body);
}

void PeerCalls::send(const Ed25519PublicKey& to, gossip::GossipMessage message)
{
    if (m_posts->stopping)
        m_parts.records.failed(to);
    else
        m_tasks.spawn(talk(to, std::move(message)));
}

asio::awaitable<Result<gossip::GossipMessage>> PeerCalls::exchange(Ed25519PublicKey member,
                                                                   Bytes message)
{
    net::RequestHead head = headOf("POST", kGossipPath);
    TARN_CO_TRY(const Answer answer, co_await request(member, std::move(head), std::move(message),
                                                      gossip::kMaxMessageBytes));
    if (answer.status != 200) co_return unlike(answer.status);
    noteGood(member, pathOf(member, answer));
    auto job = [&answer] { return gossip::decodeMessage(answer.body); };
    co_return co_await runOn(m_parts.cpuPool, job);
}

/// One exchange, to its end.
asio::awaitable<void> PeerCalls::talk(Ed25519PublicKey member, gossip::GossipMessage message)
{
    Bytes bytes = gossip::encodeMessage(message);
    asio::awaitable<Result<gossip::GossipMessage>> asking = exchange(member, std::move(bytes));
    const Result<gossip::GossipMessage> answer = co_await withDeadline<gossip::GossipMessage>(
        m_parts.clock, 2 * kDeadline, "gossip with a member", std::move(asking));
    if (!answer) {
        m_parts.records.failed(member);
        co_return;
    }
    m_parts.records.answered(member, *answer);
}

} // namespace tarn::profiles
