#include "introducer/service.h"

#include "core/base/log.h"
#include "core/node/credentials.h"
#include "core/node/open_dialer.h"

namespace tarn::introducer {

namespace {

constexpr Duration kFinishRequests = std::chrono::seconds(5); // of the 10 s that stopping may take
constexpr Duration kWaitForState = std::chrono::seconds(5);
constexpr std::size_t kAdminConnections = 32;

/// The settings in which two configurations differ that only a new start can take over.
bool needsRestart(const ServiceConfig& now, const ServiceConfig& next)
{
    return now.listen != next.listen || now.admin != next.admin ||
           now.connections != next.connections || !(now.outgoing == next.outgoing);
}

} // namespace

std::vector<std::string> urlsOf(const node::NodeIdentity& identity, const ServiceConfig& config,
                                std::uint16_t port)
{
    std::vector<std::string> out;
    for (const wire::Location& location : config.effectiveLocations()) {
        wire::IntroducerUrl url;
        url.spkiHash = identity.tls.spkiHash;
        url.host = location.host;
        url.port = location.port != 0 ? location.port : port;
        out.push_back(wire::textOf(url));
    }
    return out;
}

Result<std::unique_ptr<node::DaemonRole>>
IntroducerService::openBlocking(node::DaemonContext& context, const std::string& stateFolder,
                                ReadConfig readConfig)
{
    TARN_TRY(ServiceConfig config, readConfig());
    log::configure(config.log);
    TARN_TRY(node::StateDir dir, node::StateDir::openBlocking(stateFolder, kRole, kWaitForState));
    TARN_TRY(net::Outgoing outgoing, node::readCredentialsBlocking(dir, config.outgoing));
    TARN_TRY(std::unique_ptr<net::StaticDialer> dialer,
             node::openDialer(context.engine, std::move(outgoing), context.clock, context.random));
    TARN_TRY(node::NodeIdentity identity, node::readOrMakeIdentity(dir, context.random));
    std::unique_ptr<IntroducerService> out(
        new IntroducerService(context, std::move(dir), std::move(config), std::move(dialer),
                              std::move(identity), std::move(readConfig)));
    TARN_TRY_VOID(out->m_introducer.loadBlocking());
    return std::unique_ptr<node::DaemonRole>(std::move(out));
}

IntroducerService::IntroducerService(node::DaemonContext& context, node::StateDir dir,
                                     ServiceConfig config,
                                     std::unique_ptr<net::StaticDialer> dialer,
                                     node::NodeIdentity identity, ReadConfig readConfig)
    : m_context(context), m_dir(std::move(dir)), m_config(std::move(config)),
      m_identity(std::move(identity)), m_readConfig(std::move(readConfig)),
      m_dialer(std::move(dialer)),
      m_pool(std::make_unique<net::ConnectionPool>(context.engine, *m_dialer,
                                                   net::TlsClientContext(), context.clock)),
      m_introducer(IntroducerParts{context.engine, context.clock, context.random, context.cpuPool,
                                   context.diskPool},
                   m_identity.key, m_dir.pathOf(kRecordsFile)),
      m_api(m_introducer, context.clock)
{
}

void IntroducerService::takeOver()
{
    m_introducer.setAllowed(m_config.allow);
    m_introducer.setPeers(*m_pool, m_config.peers);
    if (m_config.effectiveLocations().empty())
        TARN_LOG(Warning, Config,
                 "no address for introducer.url: name one in [announce] locations");
}

Result<void> IntroducerService::listen()
{
    net::ListenerConfig config;
    TARN_TRY(config.address, net::endpointOf(m_config.listen.host, m_config.listen.port));
    config.limits.connections = m_config.connections;
    TARN_TRY(config.identity,
             net::TlsServerIdentity::fromPem(m_identity.tls.keyPem, m_identity.tls.certificatePem));
    TARN_TRY(m_listener,
             net::Listener::open(m_context.engine, std::move(config), m_api, m_context.clock));
    if (!m_config.admin) return ok();
    m_status = std::make_unique<StatusService>(
        m_introducer, m_api.counts(), urlsOf(m_identity, m_config, m_listener->address().port()),
        [this] {
            return ConnectionFigures{m_listener->counts(), m_pool->counts()};
        });
    net::ListenerConfig admin;
    TARN_TRY(admin.address, net::endpointOf(m_config.admin->host, m_config.admin->port));
    admin.limits.connections = kAdminConnections;
    TARN_TRY(m_adminListener,
             net::Listener::open(m_context.engine, std::move(admin), *m_status, m_context.clock));
    return ok();
}

Result<void> IntroducerService::writeUrls() const
{
    std::string text;
    for (const std::string& url : urlsOf(m_identity, m_config, m_listener->address().port()))
        text += url + "\n";
    return m_dir.writeFile(kUrlFile, text);
}

asio::awaitable<Result<std::string>> IntroducerService::start()
{
    takeOver();
    TARN_CO_TRY_VOID(listen());
    TARN_CO_TRY_VOID(writeUrls());
    m_introducer.start();
    std::string status = "introducing on " + net::textOf(m_listener->address());
    if (m_adminListener) status += ", admin on " + net::textOf(m_adminListener->address());
    co_return status;
}

asio::awaitable<Result<void>> IntroducerService::reload()
{
    auto job = [this] { return m_readConfig(); };
    TARN_CO_TRY(ServiceConfig next, co_await runOn(m_context.diskPool, std::move(job)));
    if (needsRestart(m_config, next)) {
        co_return Error(ErrorCode::InvalidInput,
                        "[listen], [connections] and [dns] take a new start");
    }
    m_config = std::move(next);
    log::configure(m_config.log);
    takeOver();
    co_return writeUrls();
}

asio::awaitable<void> IntroducerService::stop()
{
    if (m_adminListener) co_await m_adminListener->stop(Duration(0));
    m_introducer.endWaiting();
    if (m_listener) co_await m_listener->stop(kFinishRequests);
    co_await m_introducer.stop();
    m_pool.reset();
    m_dialer.reset(); // looking up a name would keep the engine
}

} // namespace tarn::introducer
