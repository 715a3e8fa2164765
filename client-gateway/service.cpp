#include "client-gateway/service.h"

#include "client-gateway/web/static_files.h"
#include "core/base/log.h"
#include "core/node/credentials.h"
#include "core/node/files.h"
#include "core/node/node_key.h"
#include "core/node/open_dialer.h"
#include "core/node/peer_metrics.h"
#include "core/node/secrets.h"
#include "core/wire/nurl.h"

#include <sys/stat.h>

namespace tarn::gateway {

namespace {

constexpr std::size_t kMaxServersFileBytes = 16ULL << 20U;
constexpr Duration kFinishLimit = std::chrono::seconds(8); // of the 10 s that stopping may take

/// The file holds swissnums: others should not read it.
void warnIfOpenBlocking(const std::string& path)
{
    struct stat info = {};
    if (::stat(path.c_str(), &info) != 0 || (info.st_mode & 0077U) == 0) return;
    TARN_LOG(Warning, Config, "the servers file holds credentials and is open to others: chmod 600",
             {"path", path});
}

Result<NodeSecrets> readSecrets(const node::StateDir& dir, Random& random)
{
    NodeSecrets secrets;
    TARN_TRY(secrets.leaseSecret, node::readOrMakeLeaseSecret(dir, random));
    TARN_TRY(secrets.convergence, node::readOrMakeConvergence(dir, random));
    return secrets;
}

Result<std::unique_ptr<net::StaticDialer>> makeDialerBlocking(node::DaemonContext& context,
                                                              const node::StateDir& dir,
                                                              const net::Outgoing& configured)
{
    TARN_TRY(net::Outgoing outgoing, node::readCredentialsBlocking(dir, configured));
    return node::openDialer(context.engine, std::move(outgoing), context.clock, context.random);
}

asio::awaitable<void> watchServers(ServerList& list)
{
    const Result<void> ended = co_await list.watch();
    static_cast<void>(ended);
}

void warnOf(const EntryProblem& problem)
{
    std::string_view text = "server left out";
    if (problem.id.empty()) text = "no servers listed: nothing can be stored or read";
    if (!problem.leftOut) text = "server entry to be looked at";
    TARN_LOG(Warning, Config, text, {"server", problem.id}, {"line", problem.line},
             {"reason", problem.reason});
}

/// What listens everywhere is reached from this machine over loopback.
std::string urlOf(net::Endpoint endpoint)
{
    if (endpoint.address().is_unspecified()) {
        const bool six = endpoint.address().is_v6();
        endpoint.address(six ? asio::ip::address(asio::ip::address_v6::loopback())
                             : asio::ip::address(asio::ip::address_v4::loopback()));
    }
    return "http://" + net::textOf(endpoint) + "/";
}

} // namespace

Result<std::string> readServersBlocking(const std::string& path)
{
    const Result<Bytes> text = node::readFileBlocking(path, kMaxServersFileBytes);
    if (!text && text.error().code() == ErrorCode::NotFound) {
        TARN_LOG(Warning, Config, "no servers file: nothing can be stored or read", {"path", path});
        return std::string("storage: {}\n");
    }
    if (!text) return text.error();
    warnIfOpenBlocking(path);
    return tarn::textOf(*text);
}

Result<std::vector<std::string>> serverLines(std::string_view yaml, const net::Outgoing& outgoing)
{
    TARN_TRY(const ServersFile file, parseServersFile(yaml));
    std::vector<std::string> out;
    for (const ServerEntry& entry : file.servers) {
        std::string line = entry.nickname + " (" + entry.id.substr(0, 8) + "):";
        for (const std::string& text : entry.nurls) {
            const Result<wire::Nurl> nurl = wire::parseNurl(text);
            if (!nurl) {
                line += " unusable NURL";
                continue;
            }
            const wire::Location location = wire::locationOf(*nurl);
            line += " " + wire::textOf(location);
            if (!outgoing.mayDial(location)) line += " (never dialled)";
        }
        out.push_back(std::move(line));
    }
    return out;
}

Result<std::unique_ptr<node::DaemonRole>>
GatewayService::openBlocking(node::DaemonContext& context, const std::string& stateFolder,
                             ReadConfig readConfig)
{
    TARN_TRY(ServiceConfig config, readConfig());
    log::configure(config.log);
    TARN_TRY(node::StateDir dir, node::StateDir::openBlocking(stateFolder, kRole));
    TARN_TRY(std::unique_ptr<GatewayService> out,
             composeBlocking(context, std::move(dir), std::move(config), std::move(readConfig),
                             Surroundings()));
    return std::unique_ptr<node::DaemonRole>(std::move(out));
}

Result<std::unique_ptr<GatewayService>>
GatewayService::composeBlocking(node::DaemonContext& context, node::StateDir dir,
                                ServiceConfig config, ReadConfig readConfig,
                                Surroundings surroundings)
{
    TARN_TRY(std::unique_ptr<net::StaticDialer> dialer,
             makeDialerBlocking(context, dir, config.outgoing));
    TARN_TRY(crypto::Ed25519Key key, node::readOrMakeNodeKey(dir, context.random));
    TARN_TRY(NodeSecrets secrets, readSecrets(dir, context.random));
    TARN_TRY(Secret token, node::makeApiToken(dir, context.random));
    TARN_TRY_VOID(
        node::makeFolderBlocking(dir.pathOf(config.spoolDirectory), node::kPrivateFolder));
    return std::unique_ptr<GatewayService>(new GatewayService(
        context, std::move(dir), std::move(config), std::move(dialer), std::move(key),
        std::move(secrets), std::move(token), std::move(readConfig), std::move(surroundings)));
}

GatewayService::GatewayService(node::DaemonContext& context, node::StateDir dir,
                               ServiceConfig config, std::unique_ptr<net::StaticDialer> dialer,
                               crypto::Ed25519Key key, NodeSecrets secrets, Secret apiToken,
                               ReadConfig readConfig, Surroundings surroundings)
    : m_context(context), m_dir(std::move(dir)), m_config(std::move(config)), m_key(std::move(key)),
      m_secrets(std::move(secrets)), m_apiToken(std::move(apiToken)),
      m_readConfig(std::move(readConfig)), m_surroundings(std::move(surroundings)),
      m_dialer(std::move(dialer)), m_cpu(m_context.clock), m_tasks(m_context.engine)
{
}

GatewayService::~GatewayService() = default;

GridSettings GatewayService::gridSettings() const
{
    GridSettings settings;
    settings.encoding = m_config.encoding;
    settings.spoolDirectory = m_dir.pathOf(m_config.spoolDirectory);
    settings.spoolMemory = m_config.spoolMemory;
    settings.spoolDisk = m_config.spoolDisk;
    settings.keysAhead = m_config.keysAhead;
    return settings;
}

asio::awaitable<Result<std::string>> GatewayService::start()
{
    net::Dialer* dialer = m_dialer.get();
    if (m_surroundings.dialer) {
        m_otherDialer = m_surroundings.dialer(*m_dialer);
        dialer = m_otherDialer.get();
    }
    m_pool = std::make_unique<net::ConnectionPool>(m_context.engine, *dialer,
                                                   net::TlsClientContext(), m_context.clock);
    ServerListSettings settings;
    settings.mayDial = [this](const net::Location& location) {
        return m_config.outgoing.mayDial(location);
    };
    settings.unauthorized = [this](const std::string& id) {
        if (m_accounts) m_accounts->noteRefusal(id);
    };
    m_list = std::make_unique<ServerList>(*m_pool, m_context.clock, m_context.random, m_servers,
                                          std::move(settings));
    if (m_surroundings.localServers) m_list->setLocal(m_surroundings.localServers());
    TARN_CO_TRY_VOID(co_await loadServers(m_config));
    co_await openAccounts();
    co_await followIntroducers();
    m_tasks.spawn(watchServers(*m_list));
    const GridParts parts{
        m_context.clock, m_context.random, m_context.cpuPool,        m_context.diskPool,
        m_servers,       m_context.engine, m_surroundings.placement, m_surroundings.firstHome};
    m_grid = std::make_unique<Grid>(parts, std::move(m_secrets), gridSettings());
    m_files = std::make_unique<web::GridFiles>(*m_grid, m_context.clock, m_context.random,
                                               m_context.cpuPool, m_context.diskPool,
                                               m_dir.pathOf("access.blacklist"));
    web::GridFiles::Besides besides;
    besides.onRequest = [this] { m_accounts->need(); };
    besides.unusable = [this] { return withoutAccount(); };
    besides.firstHome = m_surroundings.firstHome;
    m_files->setBesides(std::move(besides));
    co_await m_files->refresh();
    web::WebAccess access;
    access.listenHost = m_config.webListen.host;
    access.apiToken = m_apiToken.clone();
    if (!m_config.webStatic.empty())
        access.statics = std::make_shared<const web::StaticFiles>(m_dir.pathOf(m_config.webStatic),
                                                                  m_context.diskPool);
    access.metrics = [this](node::OpenMetrics& out) { writeMetrics(out); };
    m_api = std::make_unique<web::WebApi>(*m_files, m_cpu, m_context.clock, std::move(access));
    m_tasks.spawn(m_cpu.watch());
    TARN_CO_TRY_VOID(listen());
    TARN_CO_TRY_VOID(m_dir.writeFile(kNodeUrlFile, url() + "\n"));
    co_return "serving the web API on " + url();
}

void GatewayService::writeMetrics(node::OpenMetrics& out) const
{
    const std::string daemon = "tarn_gateway";
    node::writeListener(out, daemon, m_listener->counts());
    node::writePool(out, daemon, m_pool->counts());
    const std::vector<node::IntroducerStatus> introducers = m_introduced->status();
    out.gauge("tarn_gateway_introducers", "Introducers in the configuration.", introducers.size());
    out.gauge("tarn_gateway_introducers_reached", "Those that answered the last time.",
              node::countReached(introducers));
    const IntroducedServers::Counts& counts = m_introduced->counts();
    out.gauge("tarn_gateway_introduced_servers", "Servers that introducers name.", counts.servers);
    out.counter("tarn_gateway_news", "Answers of introducers.", counts.answers);
    out.counter("tarn_gateway_news_failed", "Questions to introducers that failed.",
                counts.failures);
    out.gauge("tarn_gateway_servers_without_account",
              "Servers that could be used if they gave this gateway an account.",
              m_accounts->waiting().size());
}

std::string GatewayService::url() const
{
    return urlOf(m_listener->address());
}

Result<void> GatewayService::listen()
{
    net::ListenerConfig config;
    TARN_TRY(config.address, net::endpointOf(m_config.webListen.host, m_config.webListen.port));
    config.limits.connections = m_config.webConnections;
    web::addSecurityHeaders(config.limits.ownAnswers);
    if (!config.address.address().is_loopback()) {
        TARN_LOG(Warning, Config,
                 "the web API listens beyond this machine and asks nobody for a password",
                 {"listen", textOf(m_config.webListen)});
    }
    net::HttpHandler* first = m_api.get();
    if (m_surroundings.front) {
        m_front = m_surroundings.front(*m_api, std::move(m_apiToken));
        first = m_front.get();
    }
    Result<std::unique_ptr<net::Listener>> listener =
        net::Listener::open(m_context.engine, std::move(config), *first, m_context.clock);
    if (!listener) return std::move(listener).error().within("[web] listen");
    m_listener = *std::move(listener);
    return ok();
}

asio::awaitable<Result<void>> GatewayService::loadServers(const ServiceConfig& config)
{
    const std::string file = m_dir.pathOf(config.serversFile);
    std::string text = "storage: {}\n";
    if (!config.serversFile.empty()) {
        auto job = [&file] { return readServersBlocking(file); };
        TARN_CO_TRY(text, co_await runOn(m_context.diskPool, job));
    }
    Result<std::vector<EntryProblem>> problems = m_list->load(text, gridManagerKeys(config));
    if (!problems) co_return std::move(problems).error().within(file);
    for (const EntryProblem& problem : *problems)
        warnOf(problem);
    TARN_LOG(Info, Main, "storage servers known", {"count", m_servers.servers().size()});
    co_return ok();
}

asio::awaitable<void> GatewayService::openAccounts()
{
    const auto mayDial = [this](const net::Location& location) {
        return m_config.outgoing.mayDial(location);
    };
    ServerAccountsParts parts{m_context.engine,
                              m_context.clock,
                              m_context.diskPool,
                              *m_pool,
                              m_key,
                              m_dir.pathOf(kGrantsFile),
                              mayDial,
                              [this](const net::PeerKey& key) { return m_list->uses(key); },
                              [this] { learnServers(); }};
    m_accounts = std::make_unique<ServerAccounts>(std::move(parts));
    auto job = [this] { return m_accounts->loadBlocking(); };
    const Result<void> loaded = co_await runOn(m_context.diskPool, std::move(job));
    if (!loaded)
        TARN_LOG(Warning, Main, "accounts on storage servers are lost, asking again",
                 {"error", loaded.error().text()});
}

asio::awaitable<void> GatewayService::followIntroducers()
{
    const IntroducedParts parts{m_context.engine, m_context.clock, m_context.random,
                                m_context.cpuPool, m_context.diskPool};
    m_introduced = std::make_unique<IntroducedServers>(
        parts, *m_pool, m_dir.pathOf(kIntroducedFile), [this] { learnServers(); });
    auto job = [this] { return m_introduced->loadBlocking(m_config.introducers); };
    const Result<void> loaded = co_await runOn(m_context.diskPool, std::move(job));
    if (!loaded)
        TARN_LOG(Warning, Gossip, "what introducers said is lost, asking again",
                 {"error", loaded.error().text()});
    m_introduced->setIntroducers(m_config.introducers);
}

void GatewayService::learnServers()
{
    std::vector<ServerEntry> entries =
        m_introduced->entries([this](const std::string& id, const net::PeerKey& key) {
            return m_accounts->swissnumOf(id, key);
        });
    const auto leftOut = [this](const auto& server) {
        return m_config.leftOut.contains(server.id);
    };
    std::erase_if(entries, leftOut);
    const std::size_t introduced = entries.size();
    for (const EntryProblem& problem : m_list->learn(std::move(entries)))
        warnOf(problem);
    std::vector<AccountServer> needing = m_introduced->withoutAccount();
    std::erase_if(needing, leftOut);
    std::erase_if(needing, [this](const AccountServer& server) {
        return m_list->lists(server.id, server.key);
    });
    m_accounts->setServers(std::move(needing), m_config.askForAccounts);
    const std::size_t waiting = m_accounts->waiting().size();
    if (introduced + waiting == 0) return;
    TARN_LOG(Info, Gossip, "storage servers known", {"count", m_servers.servers().size()},
             {"introduced", introduced}, {"without_account", waiting});
}

std::vector<web::ServerView> GatewayService::withoutAccount() const
{
    std::vector<web::ServerView> out;
    for (WithoutAccount& server : m_accounts->waiting()) {
        web::ServerView view;
        view.id = std::move(server.id);
        view.nickname = std::move(server.nickname);
        view.status.text = std::move(server.text);
        view.status.lastProblemAt = server.askedAt;
        if (server.askedAt) view.status.lastProblem = view.status.text;
        view.uploadRefusal = "no account";
        out.push_back(std::move(view));
    }
    return out;
}

asio::awaitable<Result<void>> GatewayService::reload()
{
    auto job = [this] { return m_readConfig(); };
    TARN_CO_TRY(ServiceConfig next, co_await runOn(m_context.diskPool, std::move(job)));
    const std::string waiting = needsRestart(m_config, next);
    if (!waiting.empty()) {
        co_return Error(ErrorCode::InvalidInput, waiting + " changed: that takes a restart");
    }
    TARN_CO_TRY_VOID(co_await loadServers(next));
    m_files->setEncoding(next.encoding);
    m_config = std::move(next);
    log::configure(m_config.log);
    m_introduced->setIntroducers(m_config.introducers);
    learnServers();
    m_accounts->askAgain();
    co_return ok();
}

asio::awaitable<void> GatewayService::stop()
{
    if (m_api) m_api->endStreams();
    if (m_listener) co_await m_listener->stop(kFinishLimit);
    m_listener.reset();
    m_front.reset();
    if (m_api) co_await m_api->stop();
    m_api.reset();
    m_files.reset();
    m_grid.reset();
    m_tasks.cancel();
    co_await m_tasks.join();
    if (m_introduced) co_await m_introduced->stop();
    if (m_accounts) co_await m_accounts->stop();
    m_introduced.reset();
    m_accounts.reset();
    m_list.reset();
    m_servers.replace({});
    m_pool.reset();
    m_otherDialer.reset();
    m_dialer.reset();
}

} // namespace tarn::gateway
