#include "storage-server/service.h"

#include "core/base/log.h"

#include <boost/asio/experimental/awaitable_operators.hpp>

namespace tarn::storage {

namespace {

/// Requests get this long to end, the store what is left of the 10 s.
constexpr Duration kFinishRequests = std::chrono::seconds(6);
/// Those that wait for the disk are told after this.
constexpr Duration kWaitForDisk = std::chrono::seconds(4);
/// Another process may hold the state directory for a moment: --announcement at a first start.
constexpr Duration kWaitForState = std::chrono::seconds(5);
constexpr std::size_t kAdminConnections = 32;

} // namespace

StorageService::StorageService(node::DaemonContext& context, node::StateDir dir,
                               ServiceConfig config, ServerIdentity identity, Papers papers,
                               ReadConfig readConfig, Surroundings surroundings)
    : m_context(context), m_dir(std::move(dir)), m_config(std::move(config)),
      m_identity(std::move(identity)), m_papers(std::move(papers)),
      m_readConfig(std::move(readConfig)), m_surroundings(std::move(surroundings)),
      m_stopped(context.engine, 1)
{
}

Result<std::unique_ptr<node::DaemonRole>>
StorageService::openBlocking(node::DaemonContext& context, const std::string& stateFolder,
                             ReadConfig readConfig)
{
    TARN_TRY(ServiceConfig config, readConfig());
    log::configure(config.log);
    TARN_TRY(node::StateDir dir, node::StateDir::openBlocking(stateFolder, kRole, kWaitForState));
    TARN_TRY(std::unique_ptr<StorageService> out,
             composeBlocking(context, std::move(dir), std::move(config), std::move(readConfig),
                             Surroundings()));
    return std::unique_ptr<node::DaemonRole>(std::move(out));
}

Result<std::unique_ptr<StorageService>>
StorageService::composeBlocking(node::DaemonContext& context, node::StateDir dir,
                                ServiceConfig config, ReadConfig readConfig,
                                Surroundings surroundings)
{
    TARN_TRY(ServerIdentity identity, readOrMakeServerIdentity(dir, context.random));
    TARN_TRY(Papers papers, readPapersBlocking(config, dir.path(), identity.node.key.publicKey()));
    TARN_TRY_VOID(makeOnionKey(dir, config.hidden, context.random));
    std::unique_ptr<StorageService> out(
        new StorageService(context, std::move(dir), std::move(config), std::move(identity),
                           std::move(papers), std::move(readConfig), std::move(surroundings)));
    TARN_TRY_VOID(out->openStoreBlocking());
    return out;
}

StoreConfig StorageService::storeConfig(const ServiceConfig& config) const
{
    StoreConfig out;
    out.directory = m_dir.pathOf(config.directory);
    out.reservedSpace = config.reservedSpace;
    out.maximumSpace = config.maximumSpace;
    out.readonly = config.readonly || (m_draining && m_draining->on());
    out.tubId = m_identity.node.tubId;
    out.applicationVersion = std::string("tarn-storage/") + TARN_VERSION;
    return out;
}

gossip::Standing StorageService::standing(const ServiceConfig& config) const
{
    if (m_draining->withdrawn()) return gossip::Standing::Withdrawn;
    const bool closed = config.readonly || m_draining->on();
    return closed ? gossip::Standing::Closed : gossip::Standing::Open;
}

std::optional<Secret> StorageService::swissnumFor(const ServiceConfig& config) const
{
    if (!config.anonymous) return std::nullopt;
    return m_identity.swissnum.clone();
}

Result<void> StorageService::openStoreBlocking()
{
    const StoreConfig config = storeConfig(m_config);
    m_files = makePosixFileLayer(config.directory);
    Result<std::unique_ptr<Ledger>> ledger = Ledger::openBlocking(m_dir.pathOf(kAccountsFile));
    if (!ledger) return std::move(ledger).error().within(m_dir.path());
    m_ledger = *std::move(ledger);
    Result<std::unique_ptr<DiskStore>> store = DiskStore::openBlocking(
        config, *m_files, m_context.diskPool, m_context.clock, m_context.random, m_ledger.get());
    if (!store) return std::move(store).error().within(config.directory);
    m_store = *std::move(store);
    TARN_TRY_VOID(openAccountsBlocking());
    HttpServiceConfig http;
    http.door = m_accounts.get();
    http.spool.folder = m_dir.path();
    m_http = std::make_unique<HttpService>(*m_store, m_context.diskPool, m_context.clock,
                                           std::move(http));
    m_store->onAnswering([this](bool answers) { m_http->setDiskAnswers(answers); });
    return ok();
}

LeaseKeeperConfig StorageService::leaseConfig(const ServiceConfig& config)
{
    LeaseKeeperConfig out;
    out.policy = config.expire;
    out.grace = config.accountGrace;
    return out;
}

Result<void> StorageService::openAccountsBlocking()
{
    const AccountBook::Parts parts{*m_ledger, *m_store, m_context.diskPool, m_context.clock,
                                   m_context.random};
    TARN_TRY(m_accounts, AccountBook::openBlocking(parts));
    m_accounts->setAnonymous(swissnumFor(m_config));
    const LeaseKeeper::Parts keeping{*m_store, *m_accounts, *m_ledger, m_context.diskPool,
                                     m_context.clock};
    m_leases = std::make_unique<LeaseKeeper>(keeping, leaseConfig(m_config));
    Scrubber::Parts scrubbing{*m_store, m_context.diskPool, m_context.clock,
                              m_dir.pathOf(kScrubFile)};
    m_scrubber = std::make_unique<Scrubber>(std::move(scrubbing), m_config.scrub);
    const Draining::Parts draining{*m_ledger, m_context.diskPool, m_context.clock};
    TARN_TRY(m_draining, Draining::openBlocking(draining));
    m_draining->setObserver([this] {
        m_store->reconfigure(storeConfig(m_config));
        if (m_announcing) m_announcing->setStanding(standing(m_config));
    });
    m_store->reconfigure(storeConfig(m_config));
    return ok();
}

std::vector<std::string> StorageService::nurlsFor(const Account& account) const
{
    std::vector<std::string> out;
    const bool shared = account.id == kAnonymous;
    if (account.revoked || (shared && !m_config.anonymous)) return out;
    const Secret& swissnum = shared ? m_identity.swissnum : account.swissnum;
    for (const wire::Nurl& nurl :
         nurlsWith(m_identity, m_config, m_listener->address().port(), swissnum))
        out.push_back(wire::textOf(nurl));
    return out;
}

Result<void> StorageService::listenToOperator()
{
    m_accountService = std::make_unique<AccountService>(
        *m_accounts, m_ledger->usage(),
        [this](const Account& account) { return nurlsFor(account); });
    UpkeepService::Parts upkeep{
        *m_accountService,         *m_accounts, *m_store, *m_scrubber, *m_draining, *m_leases,
        m_identity.node.serverId()};
    upkeep.told = [this] { return toldIntroducers(); };
    m_operator = std::make_unique<UpkeepService>(std::move(upkeep));
    net::HttpServerLimits limits;
    limits.connections = kAdminConnections;
    TARN_TRY(m_operatorListener,
             net::LocalListener::open(m_context.engine, m_dir.pathOf(kOperatorSocket), *m_operator,
                                      m_context.clock, limits));
    return ok();
}

Result<net::ListenerConfig> StorageService::listenerConfig() const
{
    net::ListenerConfig out;
    TARN_TRY(out.address, net::endpointOf(m_config.listen.host, m_config.listen.port));
    out.limits.connections = m_config.connections;
    out.tickets = m_surroundings.tickets;
    if (m_config.proxyKey) return out;
    const crypto::TlsIdentity& own = m_identity.node.tls;
    TARN_TRY(out.identity, net::TlsServerIdentity::fromPem(own.keyPem, own.certificatePem));
    return out;
}

/// Not every machine has IPv6, and somebody else may have the port there.
void StorageService::listenOnIpv6(net::HttpHandler& first)
{
    const net::Endpoint address = m_listener->address();
    if (!m_surroundings.bothFamilies || address.address() != net::asio::ip::address_v4::any())
        return;
    Result<net::ListenerConfig> config = listenerConfig();
    if (!config) return; // as it was a moment ago
    config->address = net::Endpoint(net::asio::ip::address_v6::any(), address.port());
    Result<std::unique_ptr<net::Listener>> listener =
        net::Listener::open(m_context.engine, *std::move(config), first, m_context.clock);
    if (listener)
        m_listener6 = *std::move(listener);
    else
        TARN_LOG(Info, Storage, "not listening on IPv6", {"error", listener.error().text()});
}

Result<void> StorageService::listen()
{
    TARN_TRY(net::ListenerConfig storage, listenerConfig());
    m_grants = std::make_unique<GrantService>(*m_accounts, *m_http, m_http->requestCounts());
    net::HttpHandler* first = m_grants.get();
    if (m_surroundings.front) {
        m_front = m_surroundings.front(*m_grants);
        first = m_front.get();
    }
    TARN_TRY(m_listener,
             net::Listener::open(m_context.engine, std::move(storage), *first, m_context.clock));
    listenOnIpv6(*first);
    if (m_surroundings.operatorSocket) TARN_TRY_VOID(listenToOperator());
    if (!m_config.admin) return ok();
    m_admin = std::make_unique<AdminService>(*m_store, m_http->counters(),
                                             [this] { return m_listener->counts(); });
    m_admin->setSources(adminSources());
    net::ListenerConfig admin;
    TARN_TRY(admin.address, net::endpointOf(m_config.admin->host, m_config.admin->port));
    admin.limits.connections = kAdminConnections;
    TARN_TRY(m_adminListener,
             net::Listener::open(m_context.engine, std::move(admin), *m_admin, m_context.clock));
    return ok();
}

asio::awaitable<Result<void>> StorageService::startHidden()
{
    HiddenParts parts{m_context.engine, m_context.diskPool, m_context.clock, m_context.random};
    TARN_CO_TRY(m_hidden, co_await HiddenServices::start(std::move(parts), m_dir, m_config.hidden,
                                                         m_listener->address()));
    TARN_CO_TRY(m_config.ownLocations, hiddenLocations(m_dir, m_config.hidden));
    co_return ok();
}

Result<void> StorageService::writeNurls() const
{
    std::string text;
    for (const wire::Nurl& nurl : nurlsOf(m_identity, m_config, m_listener->address().port()))
        text += wire::textOf(nurl) + "\n";
    return m_dir.writeFile(kNurlFile, text);
}

node::ToldIntroducers StorageService::toldIntroducers() const
{
    return m_announcing ? m_announcing->told() : node::ToldIntroducers();
}

AdminSources StorageService::adminSources() const
{
    AdminSources out;
    out.accounts = m_accounts.get();
    out.usage = &m_ledger->usage();
    out.leases = m_leases.get();
    out.scrubber = m_scrubber.get();
    out.draining = m_draining.get();
    out.introducers = [this] {
        return m_announcing ? m_announcing->status() : std::vector<node::IntroducerStatus>();
    };
    out.told = [this] { return toldIntroducers(); };
    out.outgoing = [this] {
        return m_announcing ? m_announcing->connections() : net::PoolCounts();
    };
    return out;
}

void StorageService::sayWhatMatters() const
{
    if (!m_config.anonymous && m_accounts->all().size() == 1)
        TARN_LOG(Warning, Storage,
                 "anonymous = false and no account: nobody may log in; "
                 "`tarn-storage --state DIR account add NAME` makes one");
    if (m_config.anonymous && m_config.effectiveLocations().empty())
        TARN_LOG(Warning, Storage, "no address is announced: name one in [announce] locations");
    if (m_draining->withdrawn())
        TARN_LOG(Warning, Storage,
                 "withdrawn: introducers are told to forget this server; "
                 "`tarn-storage --state DIR drain off` ends that");
    else if (m_draining->on())
        TARN_LOG(Warning, Storage,
                 "draining: no new shares and no changes are taken; "
                 "`tarn-storage --state DIR drain off` ends that");
    const StoreHealth health = m_store->health();
    if (health.state != StoreState::Healthy)
        TARN_LOG(Warning, Storage, "the store is not healthy", {"reason", health.reason});
}

asio::awaitable<Result<std::string>> StorageService::start()
{
    TARN_CO_TRY_VOID(listen());
    TARN_CO_TRY_VOID(co_await startHidden());
    TARN_CO_TRY_VOID(writeNurls());
    m_announcing = std::make_unique<Announcing>(m_context, m_dir, m_identity);
    m_announcing->setStanding(standing(m_config));
    TARN_CO_TRY_VOID(
        co_await m_announcing->apply(m_config, std::move(m_papers), m_listener->address().port()));
    spawnLogged(m_context.engine, "store", keepStore());
    sayWhatMatters();
    std::string status = "serving on " + net::textOf(m_listener->address());
    if (m_adminListener) status += ", admin on " + net::textOf(m_adminListener->address());
    co_return status;
}

asio::awaitable<Result<void>> StorageService::keepStore()
{
    using namespace asio::experimental::awaitable_operators;
    asio::awaitable<Result<void>> work = m_store->run();
    asio::awaitable<Result<void>> watching = m_store->watch();
    asio::awaitable<Result<void>> patrol = m_http->patrol();
    asio::awaitable<Result<void>> leases = m_leases->run();
    asio::awaitable<Result<void>> scrub = m_scrubber->run();
    asio::awaitable<void> stopped = m_stopped.async_receive(asio::use_awaitable);
    auto ended = co_await (std::move(work) || std::move(watching) || std::move(patrol) ||
                           std::move(leases) || std::move(scrub) || std::move(stopped));
    if (ended.index() == 0) co_return std::get<0>(std::move(ended));
    co_return ok();
}

asio::awaitable<Result<void>> StorageService::reload()
{
    TARN_CO_TRY(ServiceConfig config, m_readConfig());
    const bool sameListeners = config.listen == m_config.listen && config.admin == m_config.admin &&
                               config.connections == m_config.connections &&
                               config.proxyKey == m_config.proxyKey;
    if (!sameListeners || config.directory != m_config.directory ||
        !config.hidden.sameAs(m_config.hidden)) {
        co_return Error(ErrorCode::InvalidInput,
                        "[listen], [tor], [i2p] and [storage] directory take a new start");
    }
    auto job = [&] {
        return readPapersBlocking(config, m_dir.path(), m_identity.node.key.publicKey());
    };
    TARN_CO_TRY(Papers papers, co_await runOn(m_context.diskPool, job));
    config.ownLocations = m_config.ownLocations;
    TARN_CO_TRY_VOID(
        co_await m_announcing->apply(config, std::move(papers), m_listener->address().port()));
    m_config = std::move(config);
    m_announcing->setStanding(standing(m_config));
    log::configure(m_config.log);
    m_store->reconfigure(storeConfig(m_config));
    m_leases->reconfigure(leaseConfig(m_config));
    m_scrubber->reconfigure(m_config.scrub);
    m_accounts->setAnonymous(swissnumFor(m_config));
    sayWhatMatters();
    co_return writeNurls();
}

/// Until it is cancelled. Requests at a disk that hangs would hold up the end: their clients are
/// answered, and the process leaves without them (runDaemon()).
asio::awaitable<void> StorageService::endWaiting()
{
    co_await m_context.clock.sleep(kWaitForDisk);
    for (;;) {
        const auto state = co_await asio::this_coro::cancellation_state;
        if (state.cancelled() != asio::cancellation_type::none) co_return;
        const std::size_t count = m_http->endWaiting("the server stops");
        if (count > 0)
            TARN_LOG(Warning, Storage, "stopping does not wait for requests at the disk",
                     {"count", count});
        co_await m_context.clock.sleep(std::chrono::seconds(1));
    }
}

asio::awaitable<void> StorageService::finishRequests()
{
    using namespace asio::experimental::awaitable_operators;
    asio::awaitable<void> first = m_listener->stop(kFinishRequests);
    if (!m_listener6) {
        co_await std::move(first);
        co_return;
    }
    asio::awaitable<void> second = m_listener6->stop(kFinishRequests);
    co_await (std::move(first) && std::move(second));
}

asio::awaitable<void> StorageService::stop()
{
    using namespace asio::experimental::awaitable_operators;
    m_hidden.reset();
    if (const StoreHealth health = m_store->health(); health.state != StoreState::Healthy)
        TARN_LOG(Warning, Storage, "stopping while the store is not healthy",
                 {"reason", health.reason});
    if (m_operatorListener) co_await m_operatorListener->stop(Duration(0));
    if (m_adminListener) co_await m_adminListener->stop(Duration(0));
    if (m_announcing) co_await m_announcing->stop();
    if (m_listener) {
        asio::awaitable<void> finished = finishRequests();
        asio::awaitable<void> impatience = endWaiting();
        co_await (std::move(finished) || std::move(impatience));
    }
    m_stopped.try_send(boost::system::error_code());
    co_await m_store->shutdown();
}

} // namespace tarn::storage
