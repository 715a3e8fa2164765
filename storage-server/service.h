// service: a storage server as the role of a daemon: state directory, identity, store, listeners.
#pragma once

#include "core/net/listener.h"
#include "core/net/local_listener.h"
#include "core/node/daemon.h"
#include "storage-server/account_service.h"
#include "storage-server/admin_service.h"
#include "storage-server/announcing.h"
#include "storage-server/disk_store.h"
#include "storage-server/grant_service.h"
#include "storage-server/hidden_services.h"
#include "storage-server/http_service.h"
#include "storage-server/lease_keeper.h"
#include "storage-server/scrubber.h"
#include "storage-server/server_identity.h"
#include "storage-server/service_config.h"
#include "storage-server/upkeep_service.h"

#include <boost/asio/experimental/channel.hpp>

#include <functional>
#include <memory>
#include <optional>

namespace tarn::storage {

/// Of the state directory: one NURL per line, as soon as requests are served.
inline constexpr std::string_view kNurlFile = "storage.nurl";
/// Who has an account and which leases are whose: a SQLite database.
inline constexpr std::string_view kAccountsFile = "accounts.sqlite";
/// How far the scrub has come and what it found: JSON.
inline constexpr std::string_view kScrubFile = "scrub.json";

/// What a program that is more than a storage server puts around one.
struct Surroundings
{
    /// Absent: nothing. What gets the requests of the storage listener first, and hands on to
    /// `storage`, which outlives it.
    std::function<std::unique_ptr<net::HttpHandler>(net::HttpHandler& storage)> front;
    bool operatorSocket = true; ///< admin.sock in the state directory
    /// Who listens on every IPv4 address listens on every IPv6 one, too, at the same port, where
    /// that can be.
    bool bothFamilies = false;
    /// Null: none. Whom connections belong to that begin with a preamble; outlives the service.
    net::TicketRegistry* tickets = nullptr;
};

class StorageService final : public node::DaemonRole
{
public:
    /// Reads the configuration: at the start and at every reload.
    using ReadConfig = std::function<Result<ServiceConfig>()>;

    /// Takes the state directory and opens the store; blocks. `context` outlives the service.
    /// \return Conflict: directory in use or of another role.  InvalidInput: bad settings or keys.
    ///         Others as the disk says.
    static Result<std::unique_ptr<node::DaemonRole>> openBlocking(node::DaemonContext& context,
                                                                  const std::string& stateFolder,
                                                                  ReadConfig readConfig);
    /// The same as a part of a program that has the state directory and has read its configuration.
    static Result<std::unique_ptr<StorageService>>
    composeBlocking(node::DaemonContext& context, node::StateDir dir, ServiceConfig config,
                    ReadConfig readConfig, Surroundings surroundings);

    asio::awaitable<Result<std::string>> start() override;
    /// \return InvalidInput: the file is bad, or changes what only a new start can change.
    asio::awaitable<Result<void>> reload() override;
    asio::awaitable<void> stop() override;

    const ServerIdentity& identity() const { return m_identity; }
    AccountBook& accounts() { return *m_accounts; }
    const AccountUsage& usage() const { return m_ledger->usage(); }
    asio::awaitable<StoreStatus> storeStatus() { return m_store->status(); }
    /// Of the storage listener, with the real port; after start().
    net::Endpoint address() const { return m_listener->address(); }
    /// It listens on every IPv6 address besides; after start().
    bool hearsIpv6() const { return m_listener6 != nullptr; }
    /// A connection that was made from here, on which this is the server all the same; after
    /// start().
    void serve(net::Stream stream) { m_listener->serve(std::move(stream)); }

private:
    using StopEvent = asio::experimental::channel<void(boost::system::error_code)>;

    StorageService(node::DaemonContext& context, node::StateDir dir, ServiceConfig config,
                   ServerIdentity identity, Papers papers, ReadConfig readConfig,
                   Surroundings surroundings);
    Result<void> openStoreBlocking();
    Result<void> openAccountsBlocking();
    Result<void> listen();
    Result<net::ListenerConfig> listenerConfig() const;
    void listenOnIpv6(net::HttpHandler& first);
    Result<void> listenToOperator();
    std::vector<std::string> nurlsFor(const Account& account) const;
    asio::awaitable<Result<void>> startHidden();
    Result<void> writeNurls() const;
    void sayWhatMatters() const;
    AdminSources adminSources() const;
    asio::awaitable<Result<void>> keepStore();
    asio::awaitable<void> endWaiting();
    asio::awaitable<void> finishRequests();
    static LeaseKeeperConfig leaseConfig(const ServiceConfig& config);
    StoreConfig storeConfig(const ServiceConfig& config) const;
    node::ToldIntroducers toldIntroducers() const;
    gossip::Standing standing(const ServiceConfig& config) const;
    std::optional<Secret> swissnumFor(const ServiceConfig& config) const;

    node::DaemonContext& m_context;
    node::StateDir m_dir;
    ServiceConfig m_config;
    ServerIdentity m_identity;
    Papers m_papers; ///< until start() hands them on
    ReadConfig m_readConfig;
    Surroundings m_surroundings;
    std::unique_ptr<FileLayer> m_files;
    std::unique_ptr<Ledger> m_ledger;
    std::unique_ptr<DiskStore> m_store;
    std::unique_ptr<AccountBook> m_accounts;
    std::unique_ptr<LeaseKeeper> m_leases;
    std::unique_ptr<Draining> m_draining;
    std::unique_ptr<Scrubber> m_scrubber;
    std::unique_ptr<HttpService> m_http;
    std::unique_ptr<GrantService> m_grants;
    std::unique_ptr<net::HttpHandler> m_front;
    std::unique_ptr<AdminService> m_admin;
    std::unique_ptr<AccountService> m_accountService;
    std::unique_ptr<UpkeepService> m_operator;
    std::unique_ptr<net::Listener> m_listener;
    std::unique_ptr<net::Listener> m_listener6; ///< null: there is none
    std::unique_ptr<net::Listener> m_adminListener;
    std::unique_ptr<net::LocalListener> m_operatorListener;
    std::unique_ptr<HiddenServices> m_hidden;
    std::unique_ptr<Announcing> m_announcing;
    StopEvent m_stopped;
};

} // namespace tarn::storage
