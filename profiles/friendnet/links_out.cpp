#include "profiles/friendnet/links_out.h"

#include "core/base/executor.h"
#include "core/base/file_descriptor.h"
#include "core/base/log.h"
#include "core/net/peer_proof.h"
#include "core/net/socket_io.h"
#include "core/net/tls_stream.h"
#include "core/wire/node_id.h"

#include <sys/socket.h>

#include <algorithm>
#include <cstring>

namespace tarn::profiles {

namespace {

/// Short, so that a network which comes back is used within 10 s.
constexpr Duration kDialLimit = std::chrono::seconds(5);
constexpr Duration kHiddenDialLimit = std::chrono::seconds(20); ///< through Tor or I2P
constexpr Duration kUpgradeLimit = std::chrono::seconds(8);
constexpr Duration kOpenLimit = std::chrono::seconds(60); ///< all addresses
constexpr Duration kLongestRest = std::chrono::seconds(3);
constexpr Duration kLongRest = std::chrono::seconds(60);
constexpr unsigned kPatientAfter = 150; ///< failures in a row: ten minutes
/// A link that lasted so long was a good one.
constexpr Duration kLasting = std::chrono::seconds(30);
constexpr unsigned kDialsAtOnce = 8; ///< of one member
constexpr double kDialsPerSecond = 2;
constexpr double kDialBurst = 32;
constexpr unsigned kAnswersAtOnce = 4; ///< to one member
constexpr Duration kAnswerLimit = std::chrono::seconds(5);
constexpr Duration kConnectLimit = std::chrono::seconds(4);
constexpr unsigned kSwitching = 101;

net::RequestHead linkRequest(std::string proof)
{
    net::RequestHead head;
    head.method = "GET";
    head.target = net::kLinkPath;
    head.headers.add("Host", "localhost");
    head.headers.add("Connection", "Upgrade");
    head.headers.add("Upgrade", std::string(net::kLinkProtocol));
    head.headers.add(std::string(net::kPeerHeader), std::move(proof));
    return head;
}

/// Where it is a name, of an onion service for one, the network here tells nothing about it.
std::optional<net::Endpoint> endpointOf(const net::Location& location)
{
    const Result<net::Endpoint> out = net::endpointOf(location.host, location.port);
    return out ? std::optional(*out) : std::nullopt;
}

/// Of a connection that goes there directly.
std::optional<net::Endpoint> remoteOf(const net::Stream& stream)
{
    if (stream.path != net::PathKind::Direct) return std::nullopt;
    boost::system::error_code error;
    const auto from = stream.socket.remote_endpoint(error);
    net::Endpoint out;
    const int family = error ? AF_UNSPEC : from.data()->sa_family;
    if ((family != AF_INET && family != AF_INET6) || from.size() > out.capacity())
        return std::nullopt;
    std::memcpy(out.data(), from.data(), from.size());
    out.resize(from.size());
    return out;
}

} // namespace

/// Connecting a datagram socket asks the routing table and sends nothing.
std::optional<asio::ip::address> sourceTowards(const net::Endpoint& remote)
{
    const int family = remote.protocol().family();
    const FileDescriptor socket(::socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    net::Endpoint local;
    auto size = static_cast<socklen_t>(local.capacity());
    if (!socket || ::connect(socket.get(), remote.data(), socklen_t(remote.size())) != 0 ||
        ::getsockname(socket.get(), local.data(), &size) != 0)
        return std::nullopt;
    return local.address();
}

LinksOut::LinksOut(Parts parts) : m_parts(std::move(parts)), m_tasks(m_parts.engine) {}

bool LinksOut::has(const Ed25519PublicKey& member) const
{
    const auto at = m_wanted.find(member);
    return at != m_wanted.end() && at->second.link && at->second.link->up();
}

std::string LinksOut::reasonOf(const Ed25519PublicKey& member) const
{
    const auto at = m_wanted.find(member);
    if (at == m_wanted.end()) return {};
    if (has(member)) return "it cannot connect to this node, which keeps a link to it";
    std::string out = "it cannot connect to this node, and there is no link to it yet";
    if (!at->second.problem.empty()) out += ": " + at->second.problem;
    return out;
}

void LinksOut::told(const Ed25519PublicKey& member, bool reaches)
{
    const auto at = m_wanted.find(member);
    if (!reaches && at == m_wanted.end()) {
        Wanted& wanted = m_wanted[member];
        wanted.job = ++m_lastJob;
        wanted.tokens = kDialBurst;
        wanted.tokensAt = m_parts.clock.now();
    }
    if (!reaches || at == m_wanted.end()) return;
    const std::shared_ptr<net::PeerLink> link = at->second.link;
    const bool was = at->second.told;
    m_wanted.erase(at); // who works for it finds that out
    if (link) link->close(Error(ErrorCode::Cancelled, "the member reaches this node"));
    if (was) m_parts.changed(member, false);
}

Duration LinksOut::restAfter(unsigned failures)
{
    if (failures == 0) return Duration(0);
    Duration rest = kLongRest;
    if (failures <= kPatientAfter)
        rest = std::min<Duration>(std::chrono::seconds(failures), kLongestRest);
    // Many who lost the same member come back one after the other.
    constexpr std::uint64_t kParts = 1024;
    return rest * 3 / 4 + rest / 4 * m_parts.random.below(kParts) / kParts;
}

void LinksOut::cameBack(const Ed25519PublicKey& member)
{
    const auto at = m_wanted.find(member);
    if (at != m_wanted.end()) at->second.due = m_parts.clock.now();
}

/// Another address of this machine, or another way: what was connected before is dead, most likely
/// without anybody saying so.
void LinksOut::lookAtNetwork(Wanted& wanted)
{
    if (!wanted.remote) return;
    std::optional<asio::ip::address> source = m_parts.source(*wanted.remote);
    if (source == wanted.source) return;
    wanted.source = std::move(source);
    m_parts.moved();
    wanted.failures = 0;
    wanted.due = TimePoint{};
    if (!wanted.link) return;
    wanted.link->close(Error(ErrorCode::PeerUnreachable, "the network has changed"));
}

void LinksOut::tick(bool slept)
{
    const TimePoint now = m_parts.clock.now();
    for (auto at = m_wanted.begin(); at != m_wanted.end();) {
        Wanted& wanted = at->second;
        const Ed25519PublicKey member = at->first;
        ++at;
        if (!m_parts.belongs(member)) {
            if (wanted.link) wanted.link->close(Error(ErrorCode::Unauthorized, "no member"));
            if (!wanted.working) m_wanted.erase(member);
            continue;
        }
        lookAtNetwork(wanted);
        if (slept) wanted.due = TimePoint{};
        if (slept && wanted.link) wanted.link->probe();
        if (wanted.link) wanted.link->tick();
        if (wanted.working || now < wanted.due) continue;
        wanted.working = true;
        wanted.due = now;
        m_tasks.spawn(keep(member, wanted.job));
    }
}

LinksOut::Wanted* LinksOut::wantedFor(const Ed25519PublicKey& member, std::uint64_t job)
{
    const auto at = m_wanted.find(member);
    return at != m_wanted.end() && at->second.job == job ? &at->second : nullptr;
}

/// One link from its beginning to its end.
asio::awaitable<void> LinksOut::keep(Ed25519PublicKey member, std::uint64_t job)
{
    asio::awaitable<Result<Opened>> work = open(member);
    Result<Opened> opened = co_await withDeadline<Opened>(m_parts.clock, kOpenLimit,
                                                          "making a peer link", std::move(work));
    const TimePoint begun = m_parts.clock.now();
    std::shared_ptr<net::PeerLink> link;
    Error why(ErrorCode::Cancelled, "no link is wanted any more");
    Wanted* const before = wantedFor(member, job);
    if (opened && before != nullptr) {
        Wanted& wanted = *before;
        wanted.at = std::move(opened->at);
        wanted.reached = opened->reached;
        wanted.remote = endpointOf(*wanted.at);
        wanted.source.reset();
        if (wanted.remote) wanted.source = m_parts.source(*wanted.remote);
        link = made(member, std::move(opened->taken));
        wanted.link = link;
        why = co_await net::PeerLink::run(link);
    } else if (!opened) {
        why = opened.error();
    }
    Wanted* const after = wantedFor(member, job);
    if (after == nullptr) co_return;
    Wanted& wanted = *after;
    const TimePoint now = m_parts.clock.now();
    const bool lasted = link && now - begun >= kLasting;
    const bool moved = wanted.due == TimePoint{}; // see lookAtNetwork()
    wanted.link.reset();
    wanted.terms = net::LinkTerms();
    wanted.working = false;
    wanted.failures = lasted || (link && moved) ? 0 : wanted.failures + 1;
    wanted.due = now + restAfter(wanted.failures);
    wanted.problem = why.message();
    if (!std::exchange(wanted.told, false)) co_return;
    TARN_LOG(Info, Main, "a link to a member is gone", {"member", wire::nodeIdOf(member)},
             {"reason", why.message()});
    m_parts.changed(member, false);
}

asio::awaitable<Result<LinksOut::Opened>> LinksOut::open(Ed25519PublicKey member)
{
    std::vector<net::Location> locations = m_parts.locationsOf(member);
    // Where it was last, first.
    if (const auto at = m_wanted.find(member); at != m_wanted.end() && at->second.at)
        std::stable_partition(
            locations.begin(), locations.end(),
            [last = *at->second.at](const net::Location& location) { return location == last; });
    Error failed(ErrorCode::PeerUnreachable, "it has told no address");
    for (net::Location& location : locations) {
        Opened out;
        out.at = location;
        std::vector<net::Location> one;
        one.push_back(location);
        const bool hidden = location.network != wire::Network::Tcp;
        const Duration limit = hidden ? kHiddenDialLimit : kDialLimit;
        asio::awaitable<Result<net::Stream>> dialling = m_parts.plain.dial(std::move(one));
        Result<net::Stream> stream = co_await withDeadline<net::Stream>(
            m_parts.clock, limit, "connecting", std::move(dialling));
        if (!stream) {
            failed = stream.error();
            continue;
        }
        const std::optional<net::Endpoint> reached = remoteOf(*stream);
        Result<net::UpgradedChannel> taken = co_await upgrade(member, *std::move(stream));
        if (taken) {
            out.reached = reached;
            out.taken = *std::move(taken);
            co_return out;
        }
        failed = taken.error();
    }
    co_return failed;
}

asio::awaitable<Result<net::UpgradedChannel>> LinksOut::upgrade(Ed25519PublicKey member,
                                                                net::Stream stream)
{
    const net::PeerKey peer = net::peerKeyOf(member);
    TARN_CO_TRY(
        std::unique_ptr<net::TlsStream> tls,
        co_await net::connectTls(std::move(stream), m_tls, peer, m_parts.clock, kUpgradeLimit));
    net::HttpClientLimits limits;
    limits.headTimeout = kUpgradeLimit;
    net::HttpClientConnection connection(std::move(tls), m_parts.clock, limits);
    TARN_CO_TRY(std::string proof, net::provePeer(m_parts.key, connection.channel()));
    net::RequestHead head = linkRequest(std::move(proof));
    if (m_parts.headers) m_parts.headers(member, head.headers);
    const std::span<const ByteView> noBody;
    TARN_CO_TRY(const net::ResponseHead answer, co_await connection.request(head, noBody));
    if (answer.status == kSwitching) {
        const std::string* const protocol = answer.headers.find("upgrade");
        if (protocol != nullptr && *protocol == net::kLinkProtocol)
            co_return std::move(connection).upgrade();
        co_return Error(ErrorCode::PeerMisbehaved, "it speaks something else on peer links");
    }
    co_return Error(ErrorCode::PeerUnreachable,
                    "asked for a peer link, it answered " + std::to_string(answer.status));
}

std::shared_ptr<net::PeerLink> LinksOut::made(const Ed25519PublicKey& member,
                                              net::UpgradedChannel taken)
{
    net::PeerLink::Events events;
    events.heard = [this, member] {
        const auto at = m_wanted.find(member);
        if (at == m_wanted.end()) return;
        m_parts.heard(member);
        if (std::exchange(at->second.told, true)) return;
        at->second.problem.clear();
        at->second.due = m_parts.clock.now();
        TARN_LOG(Info, Main, "a link to a member is kept, who cannot connect to this node",
                 {"member", wire::nodeIdOf(member)});
        m_parts.changed(member, true);
    };
    events.reverse = [this, member](const net::LinkReverse& request) {
        requested(member, request);
    };
    events.terms = [this, member](const net::LinkTerms& terms) {
        const auto at = m_wanted.find(member);
        if (at == m_wanted.end() || at->second.terms == terms) return;
        at->second.terms = terms;
        if (m_parts.termsChanged) m_parts.termsChanged(member);
    };
    if (m_parts.signal)
        events.signal = [this, member](const net::LinkSignal& question) {
            asked(member, question);
        };
    return std::make_shared<net::PeerLink>(m_parts.engine, std::move(taken),
                                           net::PeerLink::Side::Made, m_parts.clock,
                                           std::move(events));
}

// --- connections that members ask for ---

bool LinksOut::takeToken(Wanted& wanted)
{
    const TimePoint now = m_parts.clock.now();
    const double passed = std::chrono::duration<double>(now - wanted.tokensAt).count();
    wanted.tokensAt = now;
    wanted.tokens = std::min(wanted.tokens + passed * kDialsPerSecond, kDialBurst);
    if (wanted.tokens < 1) return false;
    wanted.tokens -= 1;
    return true;
}

void LinksOut::refuse(Wanted& wanted, std::uint64_t number, net::LinkRefusalReason reason)
{
    if (!wanted.link) return;
    const Result<void> said = wanted.link->send(net::LinkRefusal{number, reason});
    static_cast<void>(said); // the link is over then
}

void LinksOut::requested(const Ed25519PublicKey& member, const net::LinkReverse& request)
{
    const auto at = m_wanted.find(member);
    if (at == m_wanted.end() || !at->second.link) return;
    Wanted& wanted = at->second;
    if (wanted.dialling >= kDialsAtOnce || !wanted.at || !takeToken(wanted)) {
        refuse(wanted, request.number, net::LinkRefusalReason::Busy);
        return;
    }
    ++wanted.dialling;
    m_tasks.spawn(connectBack(member, wanted.job, request));
}

asio::awaitable<void> LinksOut::connectBack(Ed25519PublicKey member, std::uint64_t job,
                                            net::LinkReverse request)
{
    const Wanted* const before = wantedFor(member, job);
    if (before == nullptr || !before->at) co_return;
    net::Location place = *before->at;
    // A name may lead elsewhere by now.
    if (before->reached) {
        place.host = before->reached->address().to_string();
        place.port = before->reached->port();
    }
    const Duration limit = place.network == wire::Network::Tcp ? kConnectLimit : kHiddenDialLimit;
    asio::awaitable<Result<void>> work = connectWith(std::move(place), request, limit);
    const Result<void> connected = co_await withDeadline<void>(
        m_parts.clock, limit, "connecting for a member", std::move(work));
    Wanted* const after = wantedFor(member, job);
    if (after == nullptr) co_return;
    --after->dialling;
    if (connected || !after->link) co_return;
    TARN_LOG(Debug, Main, "a connection that a member asked for failed",
             {"member", wire::nodeIdOf(member)}, {"error", connected.error().text()});
    refuse(*after, request.number, net::LinkRefusalReason::NotReached);
}

/// Only to where the link goes: nobody can have others connected to.
asio::awaitable<Result<void>> LinksOut::connectWith(net::Location at, net::LinkReverse request,
                                                    Duration limit)
{
    std::vector<net::Location> one;
    one.push_back(std::move(at));
    TARN_CO_TRY(net::Stream stream, co_await m_parts.plain.dial(std::move(one)));
    net::SocketIo io(std::move(stream), m_parts.clock);
    io.expireAt(m_parts.clock.now() + limit);
    net::Preamble preamble;
    preamble.mode = request.relayed ? net::PreambleMode::RelayData : net::PreambleMode::Reverse;
    preamble.ticket = request.ticket;
    const auto bytes = net::formatPreamble(preamble);
    TARN_CO_TRY_VOID(co_await io.sendAll(bytes));
    net::Stream ready = std::move(io).release();
    ready.path = request.relayed ? net::PathKind::Relayed : net::PathKind::Reversed;
    if (request.relayed) ready.peer = "somebody by the relay " + ready.peer;
    m_parts.serve(std::move(ready));
    co_return ok();
}

// --- questions of others ---

void LinksOut::asked(const Ed25519PublicKey& member, const net::LinkSignal& question)
{
    const auto at = m_wanted.find(member);
    if (at == m_wanted.end()) return;
    if (at->second.answering >= kAnswersAtOnce || !takeToken(at->second)) {
        refuse(at->second, question.number, net::LinkRefusalReason::Busy);
        return;
    }
    ++at->second.answering;
    m_tasks.spawn(answer(member, at->second.job, question));
}

asio::awaitable<void> LinksOut::answer(Ed25519PublicKey member, std::uint64_t job,
                                       net::LinkSignal question)
{
    const std::uint64_t number = question.number;
    asio::awaitable<Result<Bytes>> work =
        m_parts.signal(question.from, std::move(question.question));
    Result<Bytes> said = co_await withDeadline<Bytes>(m_parts.clock, kAnswerLimit,
                                                      "answering a question", std::move(work));
    Wanted* const wanted = wantedFor(member, job);
    if (wanted == nullptr) co_return;
    --wanted->answering;
    if (!said || said->size() > net::kLargestSignalBytes) {
        refuse(*wanted, number, net::LinkRefusalReason::NotReached);
        co_return;
    }
    if (!wanted->link) co_return;
    net::LinkSignalAnswer out;
    out.number = number;
    out.answer = *std::move(said);
    const Result<void> sent = wanted->link->send(net::LinkFrame(std::move(out)));
    static_cast<void>(sent); // the link is over then
}

net::LinkTerms LinksOut::termsOf(const Ed25519PublicKey& member) const
{
    return has(member) ? m_wanted.at(member).terms : net::LinkTerms();
}

std::vector<net::Endpoint> LinksOut::stunServers() const
{
    std::vector<net::Endpoint> out;
    for (const auto& [member, wanted] : m_wanted)
        if (wanted.link && wanted.remote && wanted.terms.stunPort != 0)
            out.emplace_back(wanted.remote->address(), wanted.terms.stunPort);
    return out;
}

std::string LinksOut::problemOf(const Ed25519PublicKey& member) const
{
    const auto at = m_wanted.find(member);
    return at == m_wanted.end() ? std::string() : at->second.problem;
}

std::vector<Ed25519PublicKey> LinksOut::linked() const
{
    std::vector<Ed25519PublicKey> out;
    for (const auto& [member, wanted] : m_wanted)
        if (has(member)) out.push_back(member);
    return out;
}

asio::awaitable<void> LinksOut::stop()
{
    for (auto& [member, wanted] : m_wanted)
        if (wanted.link) wanted.link->close(Error(ErrorCode::Cancelled, "this node is stopping"));
    m_tasks.cancel();
    co_await m_tasks.join();
    m_wanted.clear();
}

} // namespace tarn::profiles
