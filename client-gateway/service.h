// service: a gateway as the role of a daemon: state directory, the servers of servers.yaml, the
// grid, the web API.
#pragma once

#include "client-gateway/async/task_group.h"
#include "client-gateway/grid.h"
#include "client-gateway/introduced_servers.h"
#include "client-gateway/server_list.h"
#include "client-gateway/service_config.h"
#include "client-gateway/web/grid_files.h"
#include "client-gateway/web/web_api.h"
#include "core/net/connection_pool.h"
#include "core/net/listener.h"
#include "core/net/static_dialer.h"
#include "core/node/daemon.h"
#include "core/node/state_dir.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tarn::gateway {

inline constexpr std::string_view kRole = "gateway";
/// Of the state directory: the URL of the web API, as soon as requests are served. The command
/// lines `tarn -d` and `tahoe -d` read it.
inline constexpr std::string_view kNodeUrlFile = "node.url";
/// Of the state directory: what introducers said, for when none answers, a file for each; ".", and
/// the beginning of its key, follow. May hold credentials.
inline constexpr std::string_view kIntroducedFile = "introduced";
/// Of the state directory: credentials that servers gave (client-gateway/grants_file.h).
inline constexpr std::string_view kGrantsFile = "private/grants";

/// What a program that is more than a gateway puts around one. Engine thread.
struct Surroundings
{
    /// Absent: nothing. What gets the requests of the web listener first, and hands on to `web`,
    /// which outlives it. \param apiToken  the text of private/api_auth_token.
    std::function<std::unique_ptr<net::HttpHandler>(net::HttpHandler& web, Secret apiToken)> front;
    /// Absent: none. Asked at the start: servers that are not reached over the network.
    std::function<std::vector<ServerPtr>()> localServers;
    /// Null: as Tahoe-LAFS. Which servers get which shares; outlives the service.
    const PlacementPolicy* placement = nullptr;
    /// Null: none. Where shares of new files go first; outlives the service.
    FirstHome* firstHome = nullptr;
    /// Absent: `plain` itself. What dials in its place; `plain`, which dials what is configured,
    /// outlives it.
    std::function<std::unique_ptr<net::Dialer>(net::Dialer& plain)> dialer;
};

class GatewayService final : public node::DaemonRole
{
public:
    /// Reads the configuration: at the start and at every reload.
    using ReadConfig = std::function<Result<ServiceConfig>()>;

    /// Takes the state directory and reads or makes the secrets; blocks. `context` outlives the
    /// service.
    /// \return Conflict: directory in use or of another role.  InvalidInput: bad settings or
    ///         secrets.  Others as the disk says.
    static Result<std::unique_ptr<node::DaemonRole>> openBlocking(node::DaemonContext& context,
                                                                  const std::string& stateFolder,
                                                                  ReadConfig readConfig);
    /// The same as a part of a program that has the state directory and has read its configuration.
    static Result<std::unique_ptr<GatewayService>>
    composeBlocking(node::DaemonContext& context, node::StateDir dir, ServiceConfig config,
                    ReadConfig readConfig, Surroundings surroundings);
    ~GatewayService() override;

    asio::awaitable<Result<std::string>> start() override;
    /// Takes over servers.yaml, [grid_managers], [encoding] and [node].
    /// \return InvalidInput: the file is bad, or changes what only a new start can change.
    asio::awaitable<Result<void>> reload() override;
    asio::awaitable<void> stop() override;

    /// After start().
    web::FileService& files() { return *m_files; }
    const ServerSet& servers() const { return m_servers; }
    /// For uploads that begin from now on; after start().
    void setEncoding(const EncodingParameters& encoding) { m_files->setEncoding(encoding); }
    /// Announcements of storage servers that no introducer told, in place of those before; after
    /// start().
    void setAnnouncements(std::vector<gossip::RecordPtr> announcements)
    {
        m_introduced->setTold(std::move(announcements));
    }
    /// Servers where this gateway has no account are asked now; after start().
    void askForAccounts() { m_accounts->askAgain(); }
    /// Of the web listener, with the real port: "http://127.0.0.1:3456/"; after start().
    std::string url() const;

private:
    GatewayService(node::DaemonContext& context, node::StateDir dir, ServiceConfig config,
                   std::unique_ptr<net::StaticDialer> dialer, crypto::Ed25519Key key,
                   NodeSecrets secrets, Secret apiToken, ReadConfig readConfig,
                   Surroundings surroundings);
    asio::awaitable<Result<void>> loadServers(const ServiceConfig& config);
    asio::awaitable<void> openAccounts();
    asio::awaitable<void> followIntroducers();
    void learnServers();
    std::vector<web::ServerView> withoutAccount() const;
    GridSettings gridSettings() const;
    Result<void> listen();
    void writeMetrics(node::OpenMetrics& out) const;

    node::DaemonContext& m_context;
    node::StateDir m_dir;
    ServiceConfig m_config;
    crypto::Ed25519Key m_key; ///< shown to servers that are asked for an account
    NodeSecrets m_secrets;    ///< until start() hands them to the grid
    Secret m_apiToken;        ///< until start() hands it on
    ReadConfig m_readConfig;
    Surroundings m_surroundings;
    // Each stands on those before it.
    std::unique_ptr<net::StaticDialer> m_dialer;
    std::unique_ptr<net::Dialer> m_otherDialer;
    std::unique_ptr<net::ConnectionPool> m_pool;
    ServerSet m_servers;
    web::CpuMonitor m_cpu;
    std::unique_ptr<ServerList> m_list;
    std::unique_ptr<ServerAccounts> m_accounts;
    std::unique_ptr<IntroducedServers> m_introduced;
    TaskGroup m_tasks;
    std::unique_ptr<Grid> m_grid;
    std::unique_ptr<web::GridFiles> m_files;
    std::unique_ptr<web::WebApi> m_api;
    std::unique_ptr<net::HttpHandler> m_front;
    std::unique_ptr<net::Listener> m_listener;
};

/// Text of servers.yaml. A missing file is an empty list, with a warning; one that others may read
/// is warned about.
/// \return IoFailure: cannot be read.  InvalidInput: too long. Blocking.
Result<std::string> readServersBlocking(const std::string& path);

/// "alpha (v0-abcde): tcp:127.0.0.1:41001" per server, without credentials, and which addresses
/// are never dialled; for --explain.
/// \return InvalidInput: not a servers.yaml.
Result<std::vector<std::string>> serverLines(std::string_view yaml, const net::Outgoing& outgoing);

} // namespace tarn::gateway
