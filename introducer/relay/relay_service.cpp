#include "introducer/relay/relay_service.h"

#include "core/base/log.h"
#include "core/node/files.h"
#include "core/wire/relay_place.h"

namespace tarn::relay {

namespace {

constexpr Duration kFinishRequests = std::chrono::seconds(5); // of the 10 s that stopping may take
constexpr Duration kWaitForState = std::chrono::seconds(5);
constexpr Duration kBeat = std::chrono::seconds(2);
constexpr unsigned kBeatsBetweenWrites = 5;
constexpr std::size_t kAdminConnections = 32;
constexpr std::size_t kMostTickets = 4096;

/// The settings in which two configurations differ that only a new start can take over.
bool needsRestart(const RelayConfig& now, const RelayConfig& next)
{
    return now.listen != next.listen || now.admin != next.admin || now.stun != next.stun ||
           now.connections != next.connections || now.idle != next.idle;
}

} // namespace

std::vector<std::string> placesOf(const crypto::Ed25519PublicKey& key, const RelayConfig& config,
                                  std::uint16_t port)
{
    std::vector<std::string> out;
    for (const wire::Location& location : config.effectiveLocations()) {
        wire::RelayPlace place;
        place.key = key;
        place.location = location;
        if (place.location.port == 0) place.location.port = port;
        out.push_back(wire::textOf(place));
    }
    return out;
}

Result<std::unique_ptr<node::DaemonRole>> RelayService::openBlocking(node::DaemonContext& context,
                                                                     const std::string& stateFolder,
                                                                     ReadConfig readConfig)
{
    TARN_TRY(RelayConfig config, readConfig());
    log::configure(config.log);
    TARN_TRY(std::vector<Secret> tokens, readTokensBlocking(config));
    TARN_TRY(node::StateDir dir, node::StateDir::openBlocking(stateFolder, kRole, kWaitForState));
    TARN_TRY(node::NodeIdentity identity, node::readOrMakeIdentity(dir, context.random));
    const Result<Bytes> usage = node::readFileBlocking(dir.pathOf(kUsageFile), kMaxUsageBytes);
    if (!usage && usage.error().code() != ErrorCode::NotFound) return usage.error();
    std::unique_ptr<RelayService> out(new RelayService(context, std::move(dir), std::move(config),
                                                       std::move(identity), std::move(tokens),
                                                       std::move(readConfig)));
    if (usage) {
        Result<void> known = out->m_room.book().decode(asText(*usage));
        if (!known) return std::move(known).error().within(out->m_dir.pathOf(kUsageFile));
    }
    return std::unique_ptr<node::DaemonRole>(std::move(out));
}

RelayService::RelayService(node::DaemonContext& context, node::StateDir dir, RelayConfig config,
                           node::NodeIdentity identity, std::vector<Secret> tokens,
                           ReadConfig readConfig)
    : m_context(context), m_dir(std::move(dir)), m_config(std::move(config)),
      m_identity(std::move(identity)), m_readConfig(std::move(readConfig)),
      m_tickets(std::make_shared<net::TicketRegistry>(context.clock, context.random, kMostTickets)),
      m_desk(context.clock), m_links(linkParts()), m_room(roomParts(), m_config.limits),
      m_api(apiParts()),
      m_front(context.clock, m_desk, m_links, m_api, m_config.connections / 2 + 1),
      m_tasks(context.engine)
{
    m_desk.configure(std::move(tokens), m_config.grids);
    net::LinkTerms terms;
    terms.relays = true;
    if (m_config.stun) terms.stunPort = m_config.stun->port;
    m_links.setTerms(terms);
}

/// It connects to nobody, so nobody has an address here.
net::LinksIn::Parts RelayService::linkParts()
{
    return {m_context.engine,
            m_context.clock,
            m_tickets,
            nullptr,
            [](const crypto::Ed25519PublicKey&) { return std::vector<net::Location>(); },
            [this](const crypto::Ed25519PublicKey& node) { return m_desk.holds(node); },
            [](const crypto::Ed25519PublicKey&) {},
            [this](const crypto::Ed25519PublicKey& node, bool up) {
                if (!up && !m_links.has(node)) m_desk.forget(node);
            },
            [](const crypto::Ed25519PublicKey&, const Result<void>&) {}};
}

MeetingRoom::Parts RelayService::roomParts()
{
    return {m_context.engine, m_context.clock, m_tickets,
            [this](const net::PeerKey& target, const net::Ticket& ticket,
                   std::function<void(const Error&)> refused) {
                return m_links.call(target, ticket, std::move(refused));
            },
            m_config.idle};
}

RelayApi::Parts RelayService::apiParts()
{
    return {m_context.clock, m_links, m_identity.key.publicKey(), [this] { return &m_room; },
            [this](net::ServerExchange& exchange,
                   const net::PeerKey& target) -> Result<crypto::Ed25519PublicKey> {
                TARN_TRY(const AdmissionDesk::Admitted who, m_desk.admit(exchange));
                TARN_TRY_VOID(m_desk.mayMeet(who, target));
                return who.key;
            }};
}

std::vector<std::string> RelayService::places() const
{
    return placesOf(m_identity.key.publicKey(), m_config, m_listener->address().port());
}

RelayFigures RelayService::figures() const
{
    RelayFigures out;
    out.listener = m_listener->counts();
    out.links = m_links.size();
    out.turnedAway = m_front.turnedAway();
    out.sessions = m_room.sessions();
    out.waiting = m_room.waiting();
    const RelayBook& book = m_room.book();
    const WallTime now = m_context.clock.wallNow();
    out.book = book.counts();
    out.month = book.month();
    out.monthBytes = book.monthBytes(now);
    out.monthLimit = book.limits().monthBytes;
    out.api = m_api.counts();
    if (m_stun) out.stun = m_stun->counts();
    out.problem = m_diskProblem;
    return out;
}

Result<void> RelayService::listen()
{
    net::ListenerConfig config;
    TARN_TRY(config.address, net::endpointOf(m_config.listen.host, m_config.listen.port));
    config.limits.connections = m_config.connections;
    config.tickets = m_tickets.get();
    TARN_TRY(config.identity,
             net::TlsServerIdentity::fromPem(m_identity.tls.keyPem, m_identity.tls.certificatePem));
    TARN_TRY(m_listener,
             net::Listener::open(m_context.engine, std::move(config), m_front, m_context.clock));
    if (!m_config.stun) return ok();
    TARN_TRY(const net::Endpoint stun, net::endpointOf(m_config.stun->host, m_config.stun->port));
    TARN_TRY(m_stun,
             StunService::open(m_context.engine, stun.address(), stun.port(), m_context.clock));
    return ok();
}

Result<void> RelayService::listenForOperator()
{
    m_status = std::make_unique<RelayStatusService>(places(), [this] { return figures(); });
    net::HttpServerLimits limits;
    limits.connections = kAdminConnections;
    TARN_TRY(m_operatorListener,
             net::LocalListener::open(m_context.engine, m_dir.pathOf(kAdminSocket), *m_status,
                                      m_context.clock, limits));
    if (!m_config.admin) return ok();
    net::ListenerConfig admin;
    TARN_TRY(admin.address, net::endpointOf(m_config.admin->host, m_config.admin->port));
    admin.limits = limits;
    TARN_TRY(m_adminListener,
             net::Listener::open(m_context.engine, std::move(admin), *m_status, m_context.clock));
    return ok();
}

asio::awaitable<Result<std::string>> RelayService::start()
{
    TARN_CO_TRY_VOID(listen());
    TARN_CO_TRY_VOID(listenForOperator());
    std::string urls;
    for (const std::string& place : places())
        urls += place + "\n";
    if (urls.empty())
        TARN_LOG(Warning, Config, "no address for relay.url: name one in [announce] locations");
    TARN_CO_TRY_VOID(m_dir.writeFile(kUrlFile, urls));
    m_tasks.spawn(beat());
    std::string status = "relaying on " + net::textOf(m_listener->address());
    if (m_stun) status += ", STUN on UDP port " + std::to_string(m_stun->port());
    if (m_adminListener) status += ", admin on " + net::textOf(m_adminListener->address());
    co_return status;
}

asio::awaitable<void> RelayService::beat()
{
    unsigned beats = 0;
    while (true) {
        co_await m_context.clock.sleep(kBeat);
        m_links.tick();
        if (++beats % kBeatsBetweenWrites == 0) co_await write();
    }
}

asio::awaitable<void> RelayService::write()
{
    const std::uint64_t version = m_room.book().version();
    if (version == m_written) co_return;
    auto job = [this, text = m_room.book().encode()] { return m_dir.writeFile(kUsageFile, text); };
    const Result<void> written = co_await runOn(m_context.diskPool, std::move(job));
    m_diskProblem = written ? std::string() : written.error().text();
    if (written) m_written = version;
    if (!written)
        TARN_LOG(Error, Main, "what was carried is not on disk", {"error", m_diskProblem});
}

asio::awaitable<Result<void>> RelayService::reload()
{
    struct Read
    {
        Result<RelayConfig> config = Error(ErrorCode::Internal, "not read");
        Result<std::vector<Secret>> tokens = std::vector<Secret>();
    };
    auto job = [this] {
        auto out = std::make_shared<Read>();
        out->config = m_readConfig();
        if (out->config) out->tokens = readTokensBlocking(*out->config);
        return out;
    };
    const std::shared_ptr<Read> read = co_await runOn(m_context.diskPool, std::move(job));
    if (!read->config) co_return read->config.error();
    if (!read->tokens) co_return read->tokens.error();
    if (needsRestart(m_config, *read->config)) {
        co_return Error(ErrorCode::InvalidInput, "[listen] and [limits] idle take a new start");
    }
    m_config = *std::move(read->config);
    log::configure(m_config.log);
    m_room.book().setLimits(m_config.limits);
    m_desk.configure(*std::move(read->tokens), m_config.grids);
    m_links.dropStrangers();
    std::string urls;
    for (const std::string& place : places())
        urls += place + "\n";
    co_return m_dir.writeFile(kUrlFile, urls);
}

asio::awaitable<void> RelayService::stop()
{
    m_tasks.cancel();
    co_await m_tasks.join();
    if (m_adminListener) co_await m_adminListener->stop(Duration(0));
    if (m_operatorListener) co_await m_operatorListener->stop(Duration(0));
    if (m_stun) co_await m_stun->stop();
    co_await m_links.stop();
    if (m_listener) co_await m_listener->stop(kFinishRequests);
    co_await m_room.stop();
    co_await write();
}

} // namespace tarn::relay
