#include "profiles/friendnet/node_service.h"

#include "core/base/log.h"
#include "core/crypto/key_derivation.h"
#include "core/node/log_file.h"
#include "core/node/secrets.h"
#include "core/wire/node_id.h"
#include "profiles/friendnet/listen_port.h"
#include "profiles/friendnet/local_server.h"
#include "profiles/friendnet/root_directory.h"
#include "profiles/friendnet/transfer_views.h"

#include <boost/asio/experimental/awaitable_operators.hpp>

namespace tarn::profiles {

namespace {

/// A command may look at the state directory at the same moment.
constexpr Duration kWaitForState = std::chrono::seconds(5);
constexpr Duration kLookAtRoom = std::chrono::seconds(30);
/// As much again is kept of what was said before.
constexpr std::uint64_t kMostLog = 4'000'000;
constexpr Duration kLookAtLog = std::chrono::minutes(1);

} // namespace

NodeService::NodeService(node::DaemonContext& context, node::StateDir dir, NodeConfig config,
                         ReadConfig readConfig)
    : m_context(context), m_dir(std::move(dir)), m_config(std::move(config)), m_next(m_config),
      m_readConfig(std::move(readConfig)),
      m_tickets(std::make_shared<net::TicketRegistry>(context.clock, context.random)),
      m_tasks(context.engine)
{
}

NodeService::~NodeService() = default;

Result<std::unique_ptr<node::DaemonRole>> NodeService::openBlocking(node::DaemonContext& context,
                                                                    const std::string& stateFolder,
                                                                    ReadConfig readConfig)
{
    TARN_TRY(NodeConfig config, readConfig());
    log::configure(config.log);
    TARN_TRY(node::StateDir dir,
             node::StateDir::openBlocking(stateFolder, kNodeRole, kWaitForState));
    std::unique_ptr<NodeService> out(
        new NodeService(context, std::move(dir), std::move(config), std::move(readConfig)));
    TARN_TRY_VOID(out->openRolesBlocking());
    return std::unique_ptr<node::DaemonRole>(std::move(out));
}

Result<void> NodeService::openRolesBlocking()
{
    TARN_TRY(const net::Endpoint address,
             net::endpointOf(m_config.listen.host, m_config.listen.port));
    m_port = portToListenOn(m_dir, address);
    TARN_TRY_VOID(openStorageBlocking());
    TARN_TRY_VOID(openOutboxBlocking());
    TARN_TRY_VOID(openMembershipBlocking());
    return openGatewayBlocking();
}

Result<void> NodeService::openStorageBlocking()
{
    TARN_TRY(node::StateDir dir, node::StateDir::inspectBlocking(m_dir.path(), kNodeRole));
    storage::Surroundings surroundings;
    surroundings.operatorSocket = false; // people use the control API
    surroundings.tickets = m_tickets.get();
    surroundings.bothFamilies = true;
    surroundings.front = [this](net::HttpHandler& storage) { return m_membership->front(storage); };
    TARN_TRY(m_storage, storage::StorageService::composeBlocking(
                            m_context, std::move(dir), storageConfigOf(m_config, m_port),
                            [this] { return Result(storageConfigOf(m_next, m_port)); },
                            std::move(surroundings)));
    return ok();
}

Result<void> NodeService::openMembershipBlocking()
{
    NodeMembership::Parts parts{m_context,
                                m_dir,
                                m_config,
                                *m_storage,
                                m_tickets,
                                [this](control::Topic topic) {
                                    if (m_desk) m_desk->tell(topic);
                                    if (m_mover && topic == control::Topic::Members)
                                        m_mover->look();
                                },
                                [this] { makeRootOnce(); },
                                [this] {
                                    if (m_keeper) m_keeper->look();
                                }};
    TARN_TRY(m_membership, NodeMembership::openBlocking(std::move(parts)));
    return ok();
}

Result<void> NodeService::openGatewayBlocking()
{
    TARN_TRY(node::StateDir dir, node::StateDir::inspectBlocking(m_dir.path(), kNodeRole));
    gateway::Surroundings surroundings;
    surroundings.front = [this](net::HttpHandler& web, Secret apiToken) {
        return makeControl(web, std::move(apiToken));
    };
    surroundings.localServers = [this] { return localServers(); };
    surroundings.placement = &m_membership->placement();
    surroundings.firstHome = m_firstHome.get();
    surroundings.dialer = [this](net::Dialer& plain) { return m_membership->dialer(plain); };
    TARN_TRY(m_gateway, gateway::GatewayService::composeBlocking(
                            m_context, std::move(dir), m_membership->gatewayConfig(m_config),
                            [this] { return Result(m_membership->gatewayConfig(m_next)); },
                            std::move(surroundings)));
    return ok();
}

std::unique_ptr<net::HttpHandler> NodeService::makeControl(net::HttpHandler& web, Secret apiToken)
{
    auto out = std::make_unique<control::ControlService>(*m_desk, web, std::move(apiToken),
                                                         m_context.engine, m_context.clock);
    m_control = out.get();
    return out;
}

/// The owner uses its own storage as a member does, with an account.
asio::awaitable<Result<void>> NodeService::openOwnAccount()
{
    const node::NodeIdentity& own = m_storage->identity().node;
    if (m_storage->accounts().find(own.key.publicKey()) != nullptr) co_return ok();
    co_return co_await m_storage->accounts().add(own.serverId(), own.key.publicKey(), std::nullopt);
}

OutboxLimits NodeService::outboxLimits(const NodeConfig& config) const
{
    return outboxLimitsOf(config, m_dir.pathOf(config.outboxDirectory));
}

Result<void> NodeService::openOutboxBlocking()
{
    const node::NodeIdentity& own = m_storage->identity().node;
    Outbox::Parts parts{m_context.engine, m_context.clock, m_context.random, m_context.diskPool,
                        own.tubId};
    TARN_TRY(m_outbox, Outbox::openBlocking(std::move(parts), outboxLimits(m_config)));
    TARN_TRY(const Secret secret, node::readOrMakeLeaseSecret(m_dir, m_context.random));
    m_leases = crypto::clientLeaseSecrets(secret.view());
    m_firstHome = std::make_unique<OutboxHome>(*m_outbox, own.serverId());
    return ok();
}

storage_api::ShareStore* NodeService::ownStore() const
{
    const storage::Account* const account =
        m_storage->accounts().find(m_storage->identity().node.key.publicKey());
    return account == nullptr ? nullptr : m_storage->accounts().storeOf(account->id);
}

/// Members that may hold shares, as the gateway knows them and as the owner wishes.
std::vector<OutboxPeer> NodeService::outboxPeers() const
{
    const std::string self = m_storage->identity().node.serverId();
    const gateway::PlacementWishes& wishes = m_membership->placement().wishes();
    const WallTime now = m_context.clock.wallNow();
    std::vector<OutboxPeer> out;
    for (const std::string& id : m_membership->offerers()) {
        OutboxPeer& peer = out.emplace_back();
        peer.id = id;
        peer.server = id == self ? m_keeps : m_gateway->servers().find(id);
        peer.online = id == self;
        const Result<Ed25519PublicKey> key = wire::parseNodeId(id);
        if (id != self && key && m_membership->calls() != nullptr)
            peer.online = m_membership->calls()->of(*key).online;
        peer.wanted = !wishes.avoided.contains(id) &&
                      (peer.server == nullptr || peer.server->uploadPermit.holds(now));
        const auto household = wishes.households.find(id);
        if (household != wishes.households.end()) peer.household = household->second;
    }
    return out;
}

void NodeService::startMover()
{
    OutboxMover::Parts parts{m_context.engine,
                             m_context.clock,
                             m_context.diskPool,
                             m_dir,
                             *m_outbox,
                             *m_movements,
                             m_leases,
                             m_storage->identity().node.serverId(),
                             [this] { return outboxPeers(); },
                             [this] {
                                 if (m_desk) m_desk->tell(control::Topic::Status);
                             }};
    m_mover = std::make_unique<OutboxMover>(std::move(parts));
}

void NodeService::startKeeper()
{
    gateway::web::FileService& files = m_gateway->files();
    Keeper::Parts parts{m_context.engine,
                        m_context.clock,
                        m_context.diskPool,
                        m_dir,
                        files.directories(),
                        files.mutableFiles(),
                        files.immutableFiles(),
                        [this] {
                            const std::vector<std::string> ids = m_membership->offerers();
                            return std::set<std::string>(ids.begin(), ids.end());
                        },
                        [this](const std::string& index) { return m_mover->carries(index); },
                        [&files] { return files.encoding(); },
                        [this, &files] { return m_movements->any() || isBusy(files.history()); },
                        *m_movements,
                        [this] { m_desk->tell(control::Topic::Status); }};
    m_keeper = std::make_unique<Keeper>(std::move(parts));
    m_keeper->start();
}

std::vector<gateway::ServerPtr> NodeService::localServers()
{
    const storage::ServerIdentity& own = m_storage->identity();
    Result<gateway::ServerPtr> server =
        makeLocalServer(own, m_config.nickname, *m_home, m_context.clock);
    if (server) return {*std::move(server)};
    TARN_LOG(Error, Main, "this node's own storage is not used", {"error", server.error().text()});
    return {};
}

asio::awaitable<Result<std::string>> NodeService::start()
{
    TARN_CO_TRY_VOID(co_await openOwnAccount());
    storage_api::ShareStore* const own = ownStore();
    if (own == nullptr) co_return Error(ErrorCode::Internal, "this node has no account here");
    m_home = std::make_unique<HomeStore>(*own, *m_outbox);
    TARN_CO_TRY(m_keeps,
                makeLocalServer(m_storage->identity(), m_config.nickname, *own, m_context.clock));
    m_outbox->start();
    m_movements = std::make_unique<Movements>(m_context.clock);
    startMover();
    TARN_CO_TRY_VOID(co_await m_storage->start());
    const std::uint16_t port = m_storage->address().port();
    auto keep = [this, port] { return keepPort(m_dir, port); };
    TARN_CO_TRY_VOID(co_await runOn(m_context.diskPool, keep));
    const NodeDesk::Parts parts{m_dir,     m_config, *m_membership, *m_storage, *m_gateway,
                                *m_outbox, *m_mover, *m_movements,  m_keeper,   m_context.diskPool};
    m_desk = std::make_unique<NodeDesk>(parts, m_context.clock.wallNow());
    TARN_CO_TRY_VOID(co_await m_gateway->start());
    TARN_CO_TRY_VOID(co_await m_membership->start(*m_gateway));
    m_mover->start();
    startKeeper();
    m_tasks.spawn(watchRoom());
    m_tasks.spawn(boundLog());
    co_return "peers on " + net::textOf(m_storage->address()) + ", people on " + m_gateway->url();
}

/// A disk that is full stops everything: it is said once when that begins, and when it ends.
asio::awaitable<void> NodeService::watchRoom()
{
    std::string known;
    while (true) {
        const std::string problem = co_await m_desk->storageProblem();
        if (problem.empty() != known.empty()) {
            if (problem.empty())
                TARN_LOG(Info, Storage, "there is room on this node's own disk again");
            else
                TARN_LOG(Error, Storage, "this node can keep nothing", {"reason", problem});
            m_desk->tell(control::Topic::Status);
        }
        known = problem;
        co_await m_context.clock.sleep(kLookAtRoom);
    }
}

/// Nobody else looks after the log of a node that a command started.
asio::awaitable<void> NodeService::boundLog()
{
    bool complained = false;
    while (true) {
        auto job = [path = m_dir.pathOf(kNodeLog)] {
            return node::boundLogBlocking(path, kMostLog);
        };
        const Result<bool> done = co_await runOn(m_context.diskPool, std::move(job));
        if (!done && !complained)
            TARN_LOG(Warning, Main, "the log grows on", {"error", done.error().text()});
        complained = !done;
        co_await m_context.clock.sleep(kLookAtLog);
    }
}

/// Only a member has files with others.
void NodeService::makeRootOnce()
{
    if (m_stopping || m_makingRoot || hasRootDirectory(m_dir)) return;
    m_makingRoot = true;
    const RootDirectoryParts making{m_gateway->files().directories(), m_dir, m_context.diskPool,
                                    m_context.clock};
    m_tasks.spawn(makeRootDirectory(making, [this] { m_desk->tell(control::Topic::Status); }));
}

asio::awaitable<Result<void>> NodeService::reload()
{
    auto job = [this] { return m_readConfig(); };
    TARN_CO_TRY(NodeConfig next, co_await runOn(m_context.diskPool, std::move(job)));
    const std::string waiting = needsRestart(m_config, next);
    if (!waiting.empty()) {
        co_return Error(ErrorCode::InvalidInput, waiting + " changed: that takes a restart");
    }
    m_next = std::move(next);
    TARN_CO_TRY_VOID(co_await m_storage->reload());
    TARN_CO_TRY_VOID(co_await m_gateway->reload());
    m_config = m_next;
    m_outbox->reconfigure(outboxLimits(m_config));
    m_membership->reconfigure();
    m_desk->tell(control::Topic::Status);
    co_return ok();
}

asio::awaitable<void> NodeService::stopGateway()
{
    m_tasks.cancel();
    co_await m_tasks.join();
    if (m_keeper) co_await m_keeper->stop();
    if (m_mover) co_await m_mover->stop();
    co_await m_membership->stop();
    co_await m_gateway->stop();
    m_control = nullptr;
    co_await m_outbox->stop();
}

/// Both at once: together they have as long as one alone.
asio::awaitable<void> NodeService::stop()
{
    using namespace asio::experimental::awaitable_operators;
    m_stopping = true;
    if (m_control != nullptr) m_control->endStreams();
    asio::awaitable<void> gateway = stopGateway();
    asio::awaitable<void> storage = m_storage->stop();
    co_await (std::move(gateway) && std::move(storage));
}

} // namespace tarn::profiles
