#include "profiles/friendnet/node_membership.h"

#include "core/base/log.h"
#include "core/net/peer_proof.h"
#include "core/node/credentials.h"
#include "core/node/open_dialer.h"
#include "core/node/record_file.h"
#include "core/wire/node_id.h"
#include "profiles/friendnet/at_end.h"
#include "profiles/friendnet/default_gateway.h"
#include "profiles/friendnet/local_addresses.h"
#include "profiles/friendnet/pcp_router.h"
#include "profiles/friendnet/upnp_router.h"

#include <algorithm>
#include <filesystem>

namespace tarn::profiles {

namespace {

constexpr Duration kDiskRetry = std::chrono::seconds(10);
/// Three SYNs: most addresses of a member lead nowhere from here.
constexpr Duration kConnectLimit = std::chrono::seconds(5);
constexpr Duration kCheckLimit = std::chrono::seconds(20);
constexpr Duration kSeekAccounts = std::chrono::seconds(10);

/// Members are few and may have gone without a word.
net::PoolLimits poolLimits()
{
    net::PoolLimits out;
    out.connectionsPerPeer = 2;
    out.handshake = std::chrono::seconds(8);
    out.http.headTimeout = std::chrono::seconds(15);
    out.http.bodyTimeout = std::chrono::seconds(15);
    return out;
}

void removeJoinBlocking(const node::StateDir& dir)
{
    std::error_code ignored;
    std::filesystem::remove(dir.pathOf("private/" + std::string(kJoinFile)), ignored);
}

} // namespace

NodeMembership::NodeMembership(Parts parts)
    : m_parts(std::move(parts)), m_tasks(m_parts.context.engine)
{
}

NodeMembership::~NodeMembership() = default;

Result<std::unique_ptr<NodeMembership>> NodeMembership::openBlocking(Parts parts)
{
    std::unique_ptr<NodeMembership> out(new NodeMembership(std::move(parts)));
    out->makeLinksIn();
    out->makePaths();
    TARN_TRY_VOID(out->openMeetingsBlocking());
    out->makePunching();
    TARN_TRY_VOID(out->loadBlocking());
    return out;
}

Result<void> NodeMembership::loadBlocking()
{
    const crypto::Ed25519Key& key = m_parts.storage.identity().node.key;
    TARN_TRY(m_choices, node::readChoicesBlocking(m_parts.dir));
    TARN_TRY(m_kept, node::readLinksBlocking(m_parts.dir));
    m_seenBefore = readSeenBlocking(m_parts.dir);
    TARN_TRY(m_encoding, readEncodingBlocking(m_parts.dir));
    TARN_TRY(m_grid, readGrid(m_parts.dir));
    if (!m_grid && m_parts.dir.hasPrivate(kJoinFile)) {
        TARN_TRY(membership::InviteLink link, readJoinBlocking(m_parts.dir));
        Joiner::Parts parts{m_parts.context.clock,
                            m_parts.context.cpuPool,
                            nullptr,
                            key,
                            m_parts.config.nickname,
                            [this] { m_parts.tell(control::Topic::Status); },
                            [this](const net::PeerKey& peer, const membership::InviteHint& hint) {
                                m_meetings->meetAt(peer, hint);
                            }};
        m_joiner = std::make_unique<Joiner>(std::move(parts), std::move(link));
        return ok();
    }
    if (!m_grid) {
        TARN_TRY(m_grid, foundGrid(m_parts.dir, key.publicKey()));
    }
    removeJoinBlocking(m_parts.dir);
    TARN_TRY(m_circle, openCircleBlocking(*m_grid));
    return ok();
}

Result<std::unique_ptr<Circle>> NodeMembership::openCircleBlocking(const GridIdentity& grid) const
{
    Circle::Parts parts{m_parts.context.engine,
                        m_parts.context.clock,
                        m_parts.context.random,
                        m_parts.context.diskPool,
                        m_parts.dir,
                        m_parts.storage.identity().node.key,
                        grid.root,
                        m_parts.config.nickname,
                        m_parts.config.gridName};
    return Circle::openBlocking(std::move(parts));
}

/// The file that names the grid is the last: before it, the invite is asked with again.
Result<std::unique_ptr<Circle>> NodeMembership::adoptBlocking(const Welcome& welcome) const
{
    TARN_TRY_VOID(node::writeRecordsBlocking(m_parts.dir.pathOf(kMembersFile), welcome.records));
    const GridIdentity grid{welcome.lineage.root()};
    TARN_TRY_VOID(writeGrid(m_parts.dir, grid));
    removeJoinBlocking(m_parts.dir);
    return openCircleBlocking(grid);
}

std::unique_ptr<net::HttpHandler> NodeMembership::front(net::HttpHandler& storage)
{
    m_member.circle = m_circle.get();
    const PeerService::Parts parts{storage,
                                   m_member,
                                   m_parts.storage.accounts(),
                                   m_parts.storage.usage(),
                                   m_parts.context.cpuPool,
                                   m_parts.context.clock};
    return std::make_unique<PeerService>(parts);
}

std::unique_ptr<net::Dialer> NodeMembership::dialer(net::Dialer& plain) const
{
    return m_paths->dialer(plain, m_linksIn->dialer(plain));
}

Result<void> NodeMembership::openMeetingsBlocking()
{
    Meetings::Parts parts{
        m_parts.context,
        m_parts.dir,
        m_parts.config,
        m_parts.storage.identity().node.key,
        m_parts.tickets,
        *m_linksIn,
        [this]() -> net::Dialer& { return *m_dialer; },
        [this] { return m_circle.get(); },
        [this] { return m_linksOut.get(); },
        [this](const Ed25519PublicKey& member) { return m_calls->locationsOf(member); },
        [this] { return m_calls->reachedBySome(); },
        [this](net::ServerExchange& exchange) { return memberOf(exchange, m_member); },
        [this](net::Stream stream) { m_parts.storage.serve(std::move(stream)); },
        [this] { announce(); },
        [this] { return m_parts.storage.address(); }};
    TARN_TRY(m_meetings, Meetings::openBlocking(std::move(parts)));
    m_paths->add(*m_meetings->way());
    return ok();
}

void NodeMembership::makePunching()
{
    Punching::Parts parts{m_parts.context, *m_parts.tickets, m_meetings->signals(),
                          [this] {
                              return m_where && !m_stopping
                                         ? punchSelfOf(*m_where, m_meetings->stunServers(),
                                                       m_parts.context.random)
                                         : PunchSelf();
                          },
                          [this](net::Stream stream) { m_parts.storage.serve(std::move(stream)); }};
    m_punching = std::make_unique<Punching>(std::move(parts));
    m_paths->add(m_punching->way());
    m_meetings->setSignalHandler(&m_punching->answerer());
}

Whereabouts::Settings NodeMembership::whereSettings() const
{
    Whereabouts::Settings out;
    out.reach = m_parts.config.reach;
    out.entered = m_parts.config.locations;
    out.listen = m_parts.config.listen;
    out.listen.port = m_parts.storage.address().port();
    out.ipv6 = m_parts.storage.hearsIpv6();
    out.looksAround = looksAround(m_parts.config);
    return out;
}

void NodeMembership::makeWhereabouts()
{
    Whereabouts::Parts parts{m_parts.context.engine,   m_parts.context.clock,
                             m_parts.context.diskPool, localAddressesBlocking,
                             [this] { announce(); },   [this] { interfacesChanged(); }};
    m_where = std::make_unique<Whereabouts>(std::move(parts), whereSettings());
}

void NodeMembership::makePaths()
{
    const net::Outgoing& outgoing = m_parts.config.outgoing;
    Duration limit = outgoing.limitOf(wire::Network::Tcp);
    if (outgoing.tcp.kind == net::Route::Kind::Direct) limit = std::min(limit, kConnectLimit);
    Paths::Parts parts{m_parts.context.engine, m_parts.context.clock,
                       [this] { return m_where ? m_where->local() : std::vector<LocalAddress>(); },
                       limit,
                       [this](const net::PeerKey&) {
                           if (!m_stopping) m_parts.tell(control::Topic::Members);
                       }};
    m_paths = std::make_unique<Paths>(std::move(parts));
}

/// Where this node listens, as others would come to it: through the router's door where there is
/// one.
std::vector<std::uint16_t> NodeMembership::portsToProve() const
{
    std::vector<std::uint16_t> out;
    const Whereabouts::Settings& settings = m_where->settings();
    const Result<net::Endpoint> at = net::endpointOf(settings.listen.host, settings.listen.port);
    const bool asks = settings.looksAround && settings.reach.seen;
    if (!asks || !at || at->address().is_loopback()) return out;
    const auto& local = m_where->local();
    const bool inWorld = std::any_of(local.begin(), local.end(), [](const LocalAddress& one) {
        return scopeOf(one.address) == AddressScope::World;
    });
    if (m_where->door()) out.push_back(m_where->door()->port);
    if (!m_where->door() || inWorld) out.push_back(settings.listen.port);
    return out;
}

/// 0: no router is to be asked.
std::uint16_t NodeMembership::portToMap() const
{
    const Whereabouts::Settings& settings = m_where->settings();
    const Result<net::Endpoint> at = net::endpointOf(settings.listen.host, settings.listen.port);
    if (!settings.looksAround || !settings.reach.mapping || !at || at->address().is_loopback())
        return 0;
    // Who is connected to the world itself has no router to ask.
    const auto& local = m_where->local();
    const bool behindRouter =
        !settings.reach.interfaces ||
        std::any_of(local.begin(), local.end(), [](const LocalAddress& one) {
            return one.address.is_v4() && scopeOf(one.address) == AddressScope::Local;
        });
    return behindRouter ? settings.listen.port : std::uint16_t{0};
}

void NodeMembership::makeMapper()
{
    PortMapper::Parts parts{m_parts.context.engine, m_parts.context.clock,
                            [] { return makeThreadPool(1, "router"); },
                            [this] {
                                PortMapper::Protocols out;
                                out.push_back(std::make_unique<PcpRouter>(m_parts.context.random,
                                                                          defaultGatewayBlocking));
                                out.push_back(std::make_unique<UpnpRouter>());
                                return out;
                            },
                            [this](const std::optional<RouterDoor>& door) {
                                if (m_stopping) return;
                                m_where->noteDoor(door);
                                if (m_prover) m_prover->again();
                            }};
    m_mapper = std::make_unique<PortMapper>(std::move(parts));
}

/// What is known of the network is of another one.
void NodeMembership::interfacesChanged()
{
    networkMoved();
    if (m_mapper) m_mapper->want(portToMap());
}

void NodeMembership::makeProver()
{
    node::DaemonContext& context = m_parts.context;
    ReachProver::Parts parts{context.engine,
                             context.clock,
                             m_circle->self(),
                             [this] {
                                 std::vector<Ed25519PublicKey> out;
                                 for (const auto& [key, member] : m_circle->view().members()) {
                                     const Presence presence = m_calls->of(key);
                                     // By a relay it sees somebody else.
                                     const bool there = presence.online && presence.path != "in" &&
                                                        presence.path != "relayed";
                                     if (there && key != m_circle->self()) out.push_back(key);
                                 }
                                 return out;
                             },
                             [this] { return portsToProve(); },
                             [this](Ed25519PublicKey member, Bytes request) {
                                 return m_calls->fetch(member, std::string(kDialBackPath),
                                                       std::move(request), kDialBackStatementBytes);
                             },
                             [this](AddressProof proof) {
                                 if (!m_stopping) m_where->noteProof(std::move(proof));
                             }};
    m_prover = std::make_unique<ReachProver>(std::move(parts));
    DialBackDesk::Parts desk{
        context.clock, m_parts.storage.identity().node.key,
        [this]() -> net::Dialer* { return m_stopping ? nullptr : m_dialer.get(); },
        [this] { return looksAround(m_parts.config) && m_parts.config.reach.seen; }};
    m_dialBack = std::make_unique<DialBackDesk>(std::move(desk));
}

std::string NodeMembership::unproven() const
{
    if (!m_where || !m_prover) return "this node is no member of a grid yet";
    if (portsToProve().empty()) return "members are not asked";
    return m_prover->problem();
}

asio::awaitable<void> NodeMembership::check()
{
    if (m_prover == nullptr || m_stopping) co_return;
    m_mapper->again();
    asio::awaitable<Result<void>> work = checkAll();
    const Result<void> ended = co_await withDeadline<void>(m_parts.context.clock, kCheckLimit,
                                                           "trying all paths", std::move(work));
    if (!ended) TARN_LOG(Debug, Main, "not all paths were tried", {"error", ended.error().text()});
}

asio::awaitable<Result<void>> NodeMembership::checkAll()
{
    TaskGroup trying(m_parts.context.engine);
    for (const gossip::RecordPtr& record : m_circle->records().announcements())
        if (record->signer() != m_circle->self())
            trying.spawn(m_paths->tryAll(net::peerKeyOf(record->signer())));
    trying.spawn(m_prover->proveNow());
    co_await trying.joinOrCancel();
    co_return ok();
}

/// What was connected before is dead, most likely.
void NodeMembership::networkMoved()
{
    m_linksIn->networkChanged();
    m_paths->networkChanged();
    m_where->look();
    if (m_prover) m_prover->again();
    if (m_mapper) m_mapper->again();
}

storage::ServiceConfig NodeMembership::serverConfig() const
{
    storage::ServiceConfig out = storageConfigOf(m_parts.config, m_parts.storage.address().port());
    if (m_where) out.locations = m_where->told();
    return out;
}

void NodeMembership::announce()
{
    if (m_stopping || m_circle == nullptr || m_accounts == nullptr) return;
    gossip::ServerAnnouncement told = storage::toldOf(m_parts.storage.identity(), serverConfig(),
                                                      {}, m_parts.storage.address().port());
    told.meetingPoints = m_meetings->points();
    m_circle->announce(std::move(told));
    m_parts.tell(control::Topic::Status);
}

/// Of the others.
void NodeMembership::placesChanged()
{
    Paths::Members members;
    for (const gossip::RecordPtr& record : m_circle->records().announcements()) {
        const Ed25519PublicKey& key = record->signer();
        if (key != m_circle->self())
            members.emplace_back(net::peerKeyOf(key), m_calls->locationsOf(key));
    }
    m_paths->setMembers(members);
}

/// Before anybody dials.
void NodeMembership::makeLinksIn()
{
    LinksIn::Parts parts{
        m_parts.context.engine,
        m_parts.context.clock,
        m_parts.tickets,
        [this]() -> net::Dialer& { return *m_dialer; },
        [this](const Ed25519PublicKey& member) { return m_calls->locationsOf(member); },
        [this](const Ed25519PublicKey& member) { return m_circle->records().belongs(member); },
        [this](const Ed25519PublicKey& member) { m_calls->heard(member); },
        [this](const Ed25519PublicKey& member, bool) { linkChanged(member); },
        [this](const Ed25519PublicKey& member, const Result<void>& connected) {
            m_calls->noteReach(member, connected);
        }};
    m_linksIn = std::make_unique<LinksIn>(std::move(parts));
}

void NodeMembership::makeLinksOut()
{
    node::DaemonContext& context = m_parts.context;
    LinksOut::Parts parts{
        context.engine,
        context.clock,
        context.random,
        *m_dialer,
        m_parts.storage.identity().node.key,
        [this](const Ed25519PublicKey& member) { return m_calls->locationsOf(member); },
        [this](const Ed25519PublicKey& member) { return m_circle->records().belongs(member); },
        [this](const Ed25519PublicKey& member) { m_calls->heard(member); },
        [this](const Ed25519PublicKey& member, bool) { linkChanged(member); },
        [this](net::Stream stream) { m_parts.storage.serve(std::move(stream)); },
        [this] { networkMoved(); }};
    parts.termsChanged = [this](const Ed25519PublicKey&) { m_meetings->lookAtLinks(); };
    parts.signal = [this](net::PeerKey from, Bytes question) {
        return m_meetings->answerSignal(from, std::move(question));
    };
    m_linksOut = std::make_unique<LinksOut>(std::move(parts));
}

void NodeMembership::linkChanged(const Ed25519PublicKey& member)
{
    if (m_stopping) return;
    m_meetings->lookAtLinks();
    m_calls->linkChanged(member);
    m_parts.tell(control::Topic::Members);
}

void NodeMembership::makeCalls()
{
    node::DaemonContext& context = m_parts.context;
    PeerCalls::Parts calls{
        context.engine,
        context.clock,
        context.cpuPool,
        *m_pool,
        m_parts.storage.identity().node.key,
        m_circle->records(),
        *m_seen,
        [this](const Ed25519PublicKey& member, bool online) {
            if (m_stopping) return;
            if (online) m_linksOut->cameBack(member);
            // Who was away may have opened an account for this node since.
            if (online) m_gateway->askForAccounts();
            if (online) m_parts.appeared();
            if (online && m_links) m_links->look();
            m_accounts->look();
            m_parts.tell(control::Topic::Members);
        },
        [this](bool slept) {
            if (slept) networkMoved();
            m_paths->tick();
            m_prover->tick();
            m_linksIn->tick();
            m_linksOut->tick(slept);
            m_meetings->tick(slept);
        },
        [this](const Ed25519PublicKey& member) {
            return m_linksIn->has(member) || m_linksOut->has(member);
        },
        [this](const Ed25519PublicKey& member, bool reaches) { m_linksOut->told(member, reaches); },
        [this](const Ed25519PublicKey& member) {
            return m_meetings->knows(net::peerKeyOf(member));
        }};
    m_calls = std::make_unique<PeerCalls>(std::move(calls));
}

asio::awaitable<Result<void>> NodeMembership::openPool()
{
    node::DaemonContext& context = m_parts.context;
    auto job = [this] {
        return node::readCredentialsBlocking(m_parts.dir, m_parts.config.outgoing);
    };
    TARN_CO_TRY(net::Outgoing whole, co_await runOn(context.diskPool, job));
    TARN_CO_TRY(m_dialer,
                node::openDialer(context.engine, std::move(whole), context.clock, context.random));
    m_anyDialer = dialer(*m_dialer);
    m_paths->use(*m_dialer, m_linksIn->dialer(*m_dialer));
    m_pool = std::make_unique<net::ConnectionPool>(
        context.engine, *m_anyDialer, net::TlsClientContext(), context.clock, poolLimits());
    co_return ok();
}

asio::awaitable<Result<void>> NodeMembership::start(gateway::GatewayService& gateway)
{
    m_gateway = &gateway;
    TARN_CO_TRY_VOID(co_await openPool());
    makeWhereabouts();
    co_await m_where->start();
    makeMapper();
    m_mapper->want(portToMap());
    m_mapper->start();
    if (m_circle != nullptr)
        startCircle();
    else
        m_tasks.spawn(join());
    co_return ok();
}

void NodeMembership::startCircle()
{
    node::DaemonContext& context = m_parts.context;
    SeenMembers::Parts seen{context.engine, context.clock, context.diskPool, m_parts.dir};
    m_seen = std::make_unique<SeenMembers>(std::move(seen), m_seenBefore);
    MemberAccounts::Parts accounts{
        context.engine,
        context.clock,
        context.diskPool,
        m_parts.dir,
        m_parts.storage.accounts(),
        [this]() -> const membership::MembershipView& { return m_circle->view(); },
        m_circle->self(),
        m_parts.config.memberLimit,
        storageConfigOf(m_parts.config, 0).accountGrace,
        [this](const Ed25519PublicKey& member) { return isLost(member); },
        [this] { m_parts.tell(control::Topic::Members); }};
    m_accounts = std::make_unique<MemberAccounts>(std::move(accounts), m_choices);
    makeCalls();
    makeLinksOut();
    makeProver();
    LinkExchange::Parts links{
        context.engine,
        context.clock,
        context.random,
        context.diskPool,
        m_parts.dir,
        [this](const Ed25519PublicKey& key) { return m_circle->records().belongs(key); },
        [this](const Ed25519PublicKey& key) { return m_calls->of(key).online; },
        [this](Ed25519PublicKey to, Bytes body) {
            return m_calls->post(to, std::string(node::kSharePath), std::move(body));
        },
        [this] { m_parts.tell(control::Topic::Inbox); }};
    m_links = std::make_unique<LinkExchange>(std::move(links), m_kept);
    m_member.circle = m_circle.get();
    m_member.calls = m_calls.get();
    m_member.links = m_links.get();
    m_member.linksIn = m_linksIn.get();
    m_member.dialBack = m_dialBack.get();
    m_member.relay = &m_meetings->relay().api();
    Circle::Listener listener;
    listener.send = [this](const Ed25519PublicKey& to, gossip::GossipMessage message) {
        m_calls->send(to, std::move(message));
    };
    listener.members = [this] { membersChanged(); };
    listener.invites = [this] { m_parts.tell(control::Topic::Invites); };
    listener.meetingHints = [this](std::int64_t expires) { return m_meetings->hints(expires); };
    m_circle->start(std::move(listener));
    m_meetings->start();
    reconfigure();
    m_seen->start();
    m_accounts->start();
    placeAnew();
    m_calls->start();
    for (const Ed25519PublicKey& relay : m_meetings->guestRelays())
        if (m_circle->records().belongs(relay)) m_linksOut->told(relay, false);
    m_tasks.spawn(seekAccounts());
    m_links->start();
    membersChanged();
    m_parts.joined();
}

/// A member that is there may open an account for this node later than it is asked for one: it has
/// to hear of this node first.
asio::awaitable<void> NodeMembership::seekAccounts()
{
    while (true) {
        co_await m_parts.context.clock.sleep(kSeekAccounts);
        if (m_stopping) co_return;
        for (const std::string& id : offerers()) {
            const Result<Ed25519PublicKey> key = wire::parseNodeId(id);
            const bool missing =
                key && m_calls->of(*key).online && m_gateway->servers().find(id) == nullptr;
            if (!missing) continue;
            m_gateway->askForAccounts();
            break;
        }
    }
}

/// This machine's own long sleep is nobody's fault: who is there shows itself at once.
bool NodeMembership::isLost(const Ed25519PublicKey& member)
{
    const Duration waited = std::chrono::seconds(unixSeconds(m_parts.context.clock.wallNow()) -
                                                 m_seen->waitedForSince(member));
    return waited > m_parts.config.unseen;
}

void NodeMembership::placeAnew()
{
    gateway::PlacementWishes wishes;
    for (const auto& [key, choice] : m_accounts->choices()) {
        const std::string id = wire::nodeIdOf(key);
        if (!choice.use) wishes.avoided.insert(id);
        if (!choice.household.empty()) wishes.households[id] = choice.household;
    }
    m_placement.set(std::move(wishes));
    m_parts.tell(control::Topic::Members);
}

void NodeMembership::reconfigure()
{
    if (m_where) m_where->configure(whereSettings());
    if (m_mapper) m_mapper->want(portToMap());
    if (m_circle == nullptr || m_accounts == nullptr) return;
    announce();
    m_meetings->reconfigure();
    m_accounts->setUsualLimit(m_parts.config.memberLimit); // and looks at all
}

std::vector<std::string> NodeMembership::offerers() const
{
    const std::string self = m_parts.storage.identity().node.serverId();
    std::vector<std::string> out;
    if (m_circle != nullptr)
        for (const auto& [key, member] : m_circle->view().members())
            if (m_circle->view().mayOffer(key)) out.push_back(wire::nodeIdOf(key));
    if (std::find(out.begin(), out.end(), self) == out.end()) out.push_back(self);
    return out;
}

std::uint32_t NodeMembership::offering() const
{
    if (m_circle == nullptr) return 1;
    const membership::MembershipView& view = m_circle->view();
    const auto count = std::count_if(view.members().begin(), view.members().end(),
                                     [&view](const auto& one) { return view.mayOffer(one.first); });
    return std::max<std::uint32_t>(1, static_cast<std::uint32_t>(count));
}

void NodeMembership::membersChanged()
{
    if (m_stopping) return;
    m_meetings->lookAtMembers();
    m_accounts->look();
    placesChanged();
    tellGateway();
    m_parts.appeared();
    m_parts.tell(control::Topic::Members);
    m_parts.tell(control::Topic::Status);
}

/// What node.toml says comes first.
gateway::ServiceConfig NodeMembership::gatewayConfig(const NodeConfig& config) const
{
    gateway::ServiceConfig out = gatewayConfigOf(config, offering());
    if (config.encoding || !m_encoding) return out;
    out.encoding.needed = m_encoding->needed;
    out.encoding.happy = m_encoding->happy;
    out.encoding.total = m_encoding->total;
    return out;
}

asio::awaitable<Result<void>> NodeMembership::chooseEncoding(ChosenEncoding choice)
{
    if (m_parts.config.encoding) {
        co_return Error(ErrorCode::Conflict, "[encoding] of node.toml has these numbers: change "
                                             "them there, or remove them, and start the node anew");
    }
    if (choice) {
        TARN_CO_TRY_VOID(checkEncoding(*choice, offering()));
    }
    if (m_choosing) co_return Error(ErrorCode::Conflict, "somebody else is choosing: try again");
    m_choosing = true;
    const AtEnd end([this] { m_choosing = false; });
    auto job = [this, text = encodingText(choice)] {
        return m_parts.dir.writeFile(kEncodingFile, text);
    };
    TARN_CO_TRY_VOID(co_await runOn(m_parts.context.diskPool, std::move(job)));
    m_encoding = choice;
    tellEncoding();
    m_parts.appeared();
    m_parts.tell(control::Topic::Status);
    co_return ok();
}

/// The gateway may not have begun.
void NodeMembership::tellEncoding()
{
    if (m_gateway != nullptr) m_gateway->setEncoding(gatewayConfig(m_parts.config).encoding);
}

void NodeMembership::tellGateway()
{
    std::vector<gossip::RecordPtr> others = m_circle->records().announcements();
    std::erase_if(others, [this](const gossip::RecordPtr& record) {
        return record->signer() == m_circle->self();
    });
    tellEncoding();
    if (others == m_told) return;
    m_told = others;
    m_gateway->setAnnouncements(std::move(others));
}

asio::awaitable<void> NodeMembership::join()
{
    m_joiner->usePool(*m_pool);
    const Result<Welcome> welcome = co_await m_joiner->run();
    if (!welcome) {
        TARN_LOG(Warning, Main, "this node is not let in", {"reason", welcome.error().text()});
        co_return;
    }
    while (true) {
        auto job = [this, &welcome] { return adoptBlocking(*welcome); };
        Result<std::unique_ptr<Circle>> adopted = co_await runOn(m_parts.context.diskPool, job);
        if (adopted && m_stopping) co_return; // the next start goes on from what is on disk
        if (adopted) {
            m_circle = *std::move(adopted);
            m_grid = GridIdentity{welcome->lineage.root()};
            break;
        }
        TARN_LOG(Error, Main, "the membership is not on disk, trying again",
                 {"error", adopted.error().text()});
        co_await m_parts.context.clock.sleep(kDiskRetry);
    }
    m_joiner.reset();
    TARN_LOG(Info, Main, "this node is a member now");
    startCircle();
    m_parts.tell(control::Topic::Status);
}

asio::awaitable<void> NodeMembership::stop()
{
    m_stopping = true; // the gateway and the listener end at the same time
    m_member = MemberParts();
    m_tasks.cancel();
    co_await m_tasks.join();
    if (m_where) co_await m_where->stop();
    if (m_mapper) co_await m_mapper->stop();
    if (m_prover) co_await m_prover->stop();
    if (m_links) co_await m_links->stop();
    if (m_calls) co_await m_calls->stop();
    if (m_linksOut) co_await m_linksOut->stop();
    co_await m_meetings->stop();
    co_await m_linksIn->stop();
    co_await m_paths->stop();
    m_meetings->setSignalHandler(nullptr);
    m_punching.reset();
    if (m_accounts) co_await m_accounts->stop();
    if (m_seen) co_await m_seen->stop();
    if (m_circle) co_await m_circle->stop();
    m_pool.reset();
    m_anyDialer.reset();
    m_dialer.reset(); // looking up a name would keep the engine
}

} // namespace tarn::profiles
