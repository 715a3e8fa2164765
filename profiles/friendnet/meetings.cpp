#include "profiles/friendnet/meetings.h"

#include "core/net/peer_proof.h"
#include "core/wire/node_id.h"
#include "introducer/relay/guest_ticket.h"

#include <algorithm>

namespace tarn::profiles {

namespace {

constexpr std::string_view kTokenFile = "relay_token"; ///< in private/
constexpr std::size_t kMostToldRelays = 2;

std::vector<net::Location> locationsIn(const std::vector<std::string>& texts)
{
    std::vector<net::Location> out;
    for (const std::string& text : texts)
        if (Result<net::Location> location = wire::parseLocation(text); location)
            if (location->port != 0) out.push_back(*std::move(location));
    return out;
}

} // namespace

Result<std::unique_ptr<Meetings>> Meetings::openBlocking(Parts parts)
{
    TARN_TRY(RelayMemory memory, readRelayBlocking(parts.dir));
    Secret token;
    if (parts.dir.hasPrivate(kTokenFile)) {
        TARN_TRY(token, parts.dir.readPrivateText(kTokenFile));
    }
    return std::unique_ptr<Meetings>(
        new Meetings(std::move(parts), std::move(memory), std::move(token)));
}

Meetings::Meetings(Parts parts, RelayMemory memory, Secret token)
    : m_parts(std::move(parts)), m_token(std::move(token))
{
    node::DaemonContext& context = m_parts.context;
    RelayCalls::Parts calls{context.engine,
                            context.clock,
                            m_parts.plain,
                            m_parts.key,
                            [this](const net::PeerKey& peer) { return pointsOf(peer); },
                            [this](const Ed25519PublicKey& relay) { return passOf(relay); }};
    m_calls = std::make_shared<RelayCalls>(std::move(calls));
    m_way = std::make_shared<RelayWay>(m_calls);
    m_signals = std::make_unique<LinkSignals>(m_parts.key.publicKey(), m_parts.linksIn, m_calls);
    MemberRelay::Parts relay{context.engine,  context.clock,           context.diskPool,
                             m_parts.dir,     m_parts.key.publicKey(), m_parts.tickets,
                             m_parts.linksIn, m_parts.memberOf,        m_parts.listening};
    m_relay = std::make_unique<MemberRelay>(std::move(relay), std::move(memory));
    reconfigure();
}

Meetings::~Meetings()
{
    m_calls->stop();
}

void Meetings::reconfigure()
{
    RelayOffer offer;
    offer.offer = m_parts.config.relayOffer;
    offer.budget = m_parts.config.relayBudget;
    m_relay->configure(offer);
    if (m_links) seekRelays();
}

void Meetings::start()
{
    m_relay->start();
    makeRelayLinks();
    lookAtMembers();
}

asio::awaitable<void> Meetings::stop()
{
    if (m_links) co_await m_links->stop();
    m_calls->stop();
    co_await m_relay->stop();
}

void Meetings::tick(bool slept)
{
    if (!m_links) return;
    seekRelays();
    m_links->tick(slept);
}

// --- relays that are no members ---

void Meetings::makeRelayLinks()
{
    node::DaemonContext& context = m_parts.context;
    LinksOut::Parts parts{
        context.engine,
        context.clock,
        context.random,
        m_parts.plain(),
        m_parts.key,
        [this](const Ed25519PublicKey& relay) {
            const auto at = m_relays.find(relay);
            return at == m_relays.end() ? std::vector<net::Location>() : at->second.locations;
        },
        [this](const Ed25519PublicKey& relay) { return m_relays.contains(relay); },
        [](const Ed25519PublicKey&) {},
        [this](const Ed25519PublicKey&, bool) { lookAtLinks(); },
        m_parts.serve,
        [this] { m_parts.linksIn.networkChanged(); }};
    parts.headers = [this](const Ed25519PublicKey& relay, net::HttpHeaders& headers) {
        std::string pass = passOf(relay);
        if (!pass.empty()) headers.add(std::string(net::kPassHeader), std::move(pass));
    };
    parts.termsChanged = [this](const Ed25519PublicKey&) { lookAtLinks(); };
    parts.signal = [this](net::PeerKey from, Bytes question) {
        return answerSignal(from, std::move(question));
    };
    m_links = std::make_unique<LinksOut>(std::move(parts));
}

/// Those of the configuration; and where nobody reaches this node, those that others use.
void Meetings::seekRelays()
{
    std::map<Ed25519PublicKey, Relay> wanted;
    for (const wire::RelayPlace& place : m_parts.config.relays) {
        Relay& relay = wanted[place.key];
        relay.locations.push_back(place.location);
        relay.configured = true;
    }
    std::size_t more = m_parts.config.relayUse && !m_parts.reached() ? kMostToldRelays : 0;
    Circle* const circle = m_parts.circle();
    for (const auto& [peer, points] : m_told) {
        for (const RelayPoint& point : points) {
            const bool member = circle != nullptr && circle->records().belongs(point.key);
            if (member || !point.relays || more == 0 || wanted.contains(point.key)) continue;
            wanted[point.key].locations = point.locations;
            --more;
        }
    }
    for (const auto& [key, relay] : m_relays)
        if (!wanted.contains(key)) m_links->told(key, true);
    m_relays = std::move(wanted);
    for (const auto& [key, relay] : m_relays)
        m_links->told(key, false);
}

std::vector<control::RelayView> Meetings::views() const
{
    std::vector<control::RelayView> out;
    Circle* const circle = m_parts.circle();
    if (const LinksOut* const links = m_parts.linksOut(); links != nullptr && circle != nullptr)
        for (const Ed25519PublicKey& key : links->linked()) {
            control::RelayView& one = out.emplace_back();
            one.key = wire::nodeIdOf(key);
            one.linked = true;
            one.relays = links->termsOf(key).relays;
            const membership::Member* const member = circle->view().find(key);
            if (member != nullptr) one.name = member->lineage.own().nickname;
        }
    for (const auto& [key, relay] : m_relays) {
        control::RelayView& one = out.emplace_back();
        one.key = wire::nodeIdOf(key);
        if (!relay.locations.empty()) one.location = wire::textOf(relay.locations.front());
        one.linked = m_links->has(key);
        one.relays = m_links->termsOf(key).relays;
        if (!one.linked) one.problem = m_links->problemOf(key);
    }
    return out;
}

std::vector<net::Endpoint> Meetings::stunServers() const
{
    std::vector<net::Endpoint> out;
    if (const LinksOut* const links = m_parts.linksOut(); links != nullptr)
        out = links->stunServers();
    if (m_links)
        for (const net::Endpoint& server : m_links->stunServers())
            out.push_back(server);
    return out;
}

/// A token where the owner was given one; else this node's own membership.
std::string Meetings::passOf(const Ed25519PublicKey& relay) const
{
    Circle* const circle = m_parts.circle();
    if (circle != nullptr && circle->records().belongs(relay)) return {};
    net::RelayPass pass;
    const auto at = m_relays.find(relay);
    if (!m_token.view().empty() && at != m_relays.end() && at->second.configured) {
        pass.token = std::string(asText(m_token.view()));
        return passText(pass);
    }
    if (circle == nullptr) return {};
    const gossip::RecordPtr certificate = circle->ownCertificate();
    if (certificate == nullptr) return {};
    pass.kind = net::RelayPass::Kind::Member;
    pass.certificate = gossip::encodeRecord(*certificate);
    return passText(pass);
}

// --- what is told, and heard ---

void Meetings::lookAtLinks()
{
    std::vector<gossip::MeetingPoint> points;
    if (const LinksOut* const out = m_parts.linksOut(); out != nullptr)
        for (const Ed25519PublicKey& member : out->linked()) {
            gossip::MeetingPoint& point = points.emplace_back();
            point.key = member;
            point.relays = out->termsOf(member).relays;
        }
    if (m_links)
        for (const Ed25519PublicKey& relay : m_links->linked()) {
            gossip::MeetingPoint& point = points.emplace_back();
            point.key = relay;
            point.relays = m_links->termsOf(relay).relays;
            for (const net::Location& location : m_relays[relay].locations)
                if (point.locations.size() < gossip::kMaxMeetingLocations)
                    point.locations.push_back(wire::textOf(location));
        }
    if (!m_parts.config.relayUse)
        for (gossip::MeetingPoint& point : points)
            point.relays = false;
    std::stable_partition(points.begin(), points.end(),
                          [](const gossip::MeetingPoint& one) { return one.relays; });
    if (points.size() > gossip::kMaxMeetingPoints) points.resize(gossip::kMaxMeetingPoints);
    // Links that are only gone for a moment are no news.
    if (points.empty() || points == m_points) return;
    m_points = std::move(points);
    m_parts.changed();
}

RelayPoint Meetings::readPoint(const gossip::MeetingPoint& point) const
{
    RelayPoint out;
    out.key = point.key;
    out.relays = point.relays && m_parts.config.relayUse;
    Circle* const circle = m_parts.circle();
    // What others say of where a member is does not count.
    if (circle != nullptr && circle->records().belongs(point.key))
        out.locations = m_parts.locationsOf(point.key);
    else
        out.locations = locationsIn(point.locations);
    return out;
}

void Meetings::lookAtMembers()
{
    Circle* const circle = m_parts.circle();
    if (circle == nullptr) return;
    m_told.clear();
    for (const gossip::RecordPtr& record : circle->records().announcements()) {
        if (record->signer() == circle->self()) continue;
        const Result<gossip::ServerAnnouncement> server = gossip::readAnnouncement(*record);
        if (!server || server->meetingPoints.empty()) continue;
        std::vector<RelayPoint>& points = m_told[net::peerKeyOf(record->signer())];
        for (const gossip::MeetingPoint& point : server->meetingPoints)
            if (point.key != circle->self()) points.push_back(readPoint(point));
    }
}

std::vector<RelayPoint> Meetings::pointsOf(const net::PeerKey& peer) const
{
    std::vector<RelayPoint> out;
    if (const auto at = m_told.find(peer); at != m_told.end()) out = at->second;
    const auto guest = m_guest.find(peer);
    if (guest != m_guest.end()) out.insert(out.end(), guest->second.begin(), guest->second.end());
    return out;
}

void Meetings::meetAt(const net::PeerKey& peer, const membership::InviteHint& hint)
{
    if (!hint.relay || !m_parts.config.relayUse) return;
    RelayPoint point;
    point.key = *hint.relay;
    point.locations.push_back(hint.location);
    point.relays = true;
    point.guest = hint.ticket;
    m_guest[peer].push_back(std::move(point));
}

std::vector<Ed25519PublicKey> Meetings::guestRelays() const
{
    std::vector<Ed25519PublicKey> out;
    for (const auto& [peer, points] : m_guest)
        for (const RelayPoint& point : points)
            out.push_back(point.key);
    return out;
}

std::vector<membership::InviteHint> Meetings::hints(std::int64_t expires) const
{
    const std::int64_t latest = unixSeconds(m_parts.context.clock.wallNow() +
                                            relay::kLongestGuestTicket - std::chrono::hours(1));
    std::vector<membership::InviteHint> out;
    for (const gossip::MeetingPoint& point : m_points) {
        const RelayPoint read = readPoint(point);
        if (!read.relays || read.locations.empty()) continue;
        membership::InviteHint hint;
        hint.location = read.locations.front();
        hint.relay = point.key;
        hint.ticket = relay::signGuestTicket(m_parts.key, point.key, std::min(expires, latest));
        out.push_back(std::move(hint));
    }
    return out;
}

asio::awaitable<Result<Bytes>> Meetings::answerSignal(net::PeerKey from, Bytes question)
{
    if (m_handler == nullptr) {
        co_return Error(ErrorCode::Unsupported, "this node answers no questions");
    }
    // Carriers may name whom they like, and carry for others.
    const Circle* const circle = m_parts.circle();
    bool isMember = false;
    if (circle != nullptr)
        for (const auto& [key, member] : circle->view().members())
            isMember = isMember || (net::peerKeyOf(key) == from && circle->records().belongs(key));
    if (!isMember) co_return Error(ErrorCode::Unauthorized, "who asks is no member");
    co_return co_await m_handler->onSignal(from, std::move(question));
}

} // namespace tarn::profiles
