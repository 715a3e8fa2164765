#include "storage-server/announcing.h"

#include "core/node/credentials.h"
#include "core/node/open_dialer.h"
#include "core/node/sequence_file.h"

namespace tarn::storage {

namespace {

std::string software()
{
    return std::string("tarn-storage/") + TARN_VERSION;
}

} // namespace

Result<Papers> readPapersBlocking(const ServiceConfig& config, const std::string& stateFolder,
                                  const crypto::Ed25519PublicKey& node)
{
    Papers out;
    TARN_TRY(out.certificates, readCertificatesBlocking(config.certificates, stateFolder));
    TARN_TRY(out.proxyProof, readProxyProofBlocking(config, stateFolder, node));
    return out;
}

gossip::ServerAnnouncement toldOf(const ServerIdentity& identity, const ServiceConfig& config,
                                  Papers papers, std::uint16_t port)
{
    gossip::ServerAnnouncement out;
    out.nickname = config.nickname;
    out.software = software();
    for (wire::Location location : config.effectiveLocations()) {
        if (location.port == 0) location.port = port;
        out.locations.push_back(wire::textOf(location));
    }
    out.spkiHash = config.proxyKey.value_or(identity.node.tls.spkiHash);
    out.tubId = identity.node.tubId;
    out.permutationSeed = identity.permutationSeed;
    if (config.announceAnonymous)
        out.anonymousSwissnum = std::string(asText(identity.swissnum.view()));
    out.certificates = std::move(papers.certificates);
    out.tlsProof = std::move(papers.proxyProof);
    // A proxy's key is not here; everybody knows the node key's own.
    if (!config.proxyKey && out.spkiHash != crypto::spkiHashOf(identity.node.key)) {
        Result<crypto::KeyProof> proof =
            gossip::proveTlsKey(identity.node.tls.keyPem.view(), identity.node.key.publicKey());
        if (proof) out.tlsProof = *std::move(proof);
    }
    return out;
}

Announcing::Announcing(node::DaemonContext& context, const node::StateDir& dir,
                       const ServerIdentity& identity)
    : m_context(context), m_dir(dir), m_identity(identity)
{
}

Announcing::~Announcing() = default;

node::Announcer::MakeRecord Announcing::recordMaker() const
{
    const bool withdrawn = m_standing == gossip::Standing::Withdrawn;
    return [told = withdrawn ? gossip::withdrawalOf(m_told) : m_told, &key = m_identity.node.key,
            &dir = m_dir,
            &clock = m_context.clock](std::uint64_t atLeast) -> Result<gossip::RecordPtr> {
        const WallTime now = clock.wallNow();
        TARN_TRY(const std::uint64_t sequence, node::takeSequence(dir, atLeast, now));
        return gossip::signAnnouncement(key, told, sequence, now);
    };
}

asio::awaitable<Result<void>> Announcing::connect(net::Outgoing outgoing)
{
    auto job = [this, &outgoing] { return node::readCredentialsBlocking(m_dir, outgoing); };
    TARN_CO_TRY(net::Outgoing whole, co_await runOn(m_context.diskPool, job));
    TARN_CO_TRY(m_dialer, node::openDialer(m_context.engine, std::move(whole), m_context.clock,
                                           m_context.random));
    m_outgoing = std::move(outgoing);
    m_pool = std::make_unique<net::ConnectionPool>(m_context.engine, *m_dialer,
                                                   net::TlsClientContext(), m_context.clock);
    m_announcer = std::make_unique<node::Announcer>(
        m_context.engine, m_context.clock, m_context.diskPool, [this] { return recordMaker(); });
    co_return ok();
}

asio::awaitable<Result<void>> Announcing::apply(const ServiceConfig& config, Papers papers,
                                                std::uint16_t port)
{
    if (m_pool != nullptr && !config.introducers.empty() && !(config.outgoing == m_outgoing))
        co_return Error(ErrorCode::InvalidInput, "[connections] and [dns] take a new start");
    gossip::ServerAnnouncement told = toldOf(m_identity, config, std::move(papers), port);
    told.standing = m_standing;
    if (!config.introducers.empty()) {
        TARN_CO_TRY_VOID(gossip::checkAnnouncement(told));
    }
    const bool changed = !(told == m_told);
    m_told = std::move(told);
    if (m_pool == nullptr) {
        if (config.introducers.empty()) co_return ok();
        TARN_CO_TRY_VOID(co_await connect(config.outgoing));
    } else if (changed) {
        m_announcer->renew();
    }
    if (config.introducers == m_introducers) co_return ok();
    m_introducers = config.introducers;
    std::vector<std::unique_ptr<node::IntroducerClient>> clients;
    for (const wire::IntroducerUrl& url : m_introducers)
        clients.push_back(std::make_unique<node::IntroducerClient>(
            *m_pool, m_context.cpuPool, m_context.clock, url, software()));
    m_announcer->setIntroducers(std::move(clients));
    co_return ok();
}

std::vector<node::IntroducerStatus> Announcing::status() const
{
    return m_announcer != nullptr ? m_announcer->status() : std::vector<node::IntroducerStatus>();
}

net::PoolCounts Announcing::connections() const
{
    return m_pool != nullptr ? m_pool->counts() : net::PoolCounts();
}

node::ToldIntroducers Announcing::told() const
{
    return m_announcer != nullptr ? m_announcer->told() : node::ToldIntroducers();
}

void Announcing::setStanding(gossip::Standing standing)
{
    if (standing == m_standing) return;
    m_standing = standing;
    m_told.standing = standing;
    if (m_announcer != nullptr) m_announcer->renew();
}

asio::awaitable<void> Announcing::stop()
{
    if (m_announcer != nullptr) co_await m_announcer->stop();
    m_announcer.reset();
    m_pool.reset();
    m_dialer.reset();
}

} // namespace tarn::storage
