// node_service: a friendnet node as the role of a daemon: a storage server and a gateway in one
// process and on one event loop, with one state directory and one identity. Peers come in where the
// storage server listens; people, by the web API and the control API, where the gateway does.
#pragma once

#include "core/control/control_service.h"
#include "profiles/friendnet/home_store.h"
#include "profiles/friendnet/node_desk.h"
#include "profiles/friendnet/outbox_home.h"

#include <functional>
#include <memory>
#include <string>

namespace tarn::profiles {

inline constexpr std::string_view kNodeRole = "node"; ///< of the state directory
/// In the state directory: what a node says that a command started.
inline constexpr std::string_view kNodeLog = "node.log";
inline constexpr std::string_view kNodeConfig = "node.toml"; ///< in the state directory

class NodeService final : public node::DaemonRole
{
public:
    /// Reads the configuration: at the start and at every reload.
    using ReadConfig = std::function<Result<NodeConfig>()>;

    /// Takes the state directory, makes keys and secrets where they are missing, opens the store;
    /// blocks. `context` outlives the service.
    /// \return Conflict: directory in use or of another role.  InvalidInput: bad settings or keys.
    ///         Others as the disk says.
    static Result<std::unique_ptr<node::DaemonRole>> openBlocking(node::DaemonContext& context,
                                                                  const std::string& stateFolder,
                                                                  ReadConfig readConfig);
    ~NodeService() override;

    asio::awaitable<Result<std::string>> start() override;
    /// \return InvalidInput: the file is bad, or changes what only a new start can change.
    asio::awaitable<Result<void>> reload() override;
    asio::awaitable<void> stop() override;

private:
    NodeService(node::DaemonContext& context, node::StateDir dir, NodeConfig config,
                ReadConfig readConfig);
    Result<void> openRolesBlocking();
    Result<void> openStorageBlocking();
    Result<void> openMembershipBlocking();
    Result<void> openGatewayBlocking();
    asio::awaitable<Result<void>> openOwnAccount();
    asio::awaitable<void> stopGateway();
    std::vector<gateway::ServerPtr> localServers();
    std::unique_ptr<net::HttpHandler> makeControl(net::HttpHandler& web, Secret apiToken);
    void makeRootOnce();
    asio::awaitable<void> watchRoom();
    Result<void> openOutboxBlocking();
    OutboxLimits outboxLimits(const NodeConfig& config) const;
    storage_api::ShareStore* ownStore() const;
    std::vector<OutboxPeer> outboxPeers() const;
    void startMover();
    void startKeeper();
    asio::awaitable<void> boundLog();

    node::DaemonContext& m_context;
    node::StateDir m_dir; ///< holds its lock
    NodeConfig m_config;
    NodeConfig m_next; ///< what the roles read when they are told to reload
    ReadConfig m_readConfig;
    std::uint16_t m_port = 0; ///< that the storage listener was asked for
    /// Of the storage listener: whom connections belong to that members make when asked to.
    std::shared_ptr<net::TicketRegistry> m_tickets;
    // Each stands on those before it.
    std::unique_ptr<storage::StorageService> m_storage;
    std::unique_ptr<Movements> m_movements;
    crypto::LeaseSecrets m_leases; ///< of this node as a client
    std::unique_ptr<Outbox> m_outbox;
    std::unique_ptr<OutboxHome> m_firstHome;
    std::unique_ptr<HomeStore> m_home; ///< this node's disk, as its gateway sees it
    gateway::ServerPtr m_keeps;        ///< the same without the outbox
    std::unique_ptr<NodeMembership> m_membership;
    std::unique_ptr<OutboxMover> m_mover;
    std::unique_ptr<Keeper> m_keeper; ///< while the gateway serves
    std::unique_ptr<NodeDesk> m_desk;
    std::unique_ptr<gateway::GatewayService> m_gateway;
    control::ControlService* m_control = nullptr; ///< the gateway's, while it serves
    bool m_makingRoot = false;
    bool m_stopping = false; ///< nothing begins any more
    TaskGroup m_tasks;
};

} // namespace tarn::profiles
