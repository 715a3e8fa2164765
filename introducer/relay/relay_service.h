// relay_service: a relay as the role of a daemon: state directory, identity, listeners, who is let
// in, what was carried. It connects to nobody. Engine thread.
//
//   STATE/relay.url      "v0-KEY@tcp:HOST:PORT", one per announced address. No secret.
//   STATE/relay-usage    what was carried (relay_book.h); written every 10 s and at the end
//   STATE/admin.sock     mode 0600: as the admin listener (relay_status.h)
#pragma once

#include "core/net/listener.h"
#include "core/net/local_listener.h"
#include "core/node/daemon.h"
#include "core/node/node_key.h"
#include "introducer/relay/relay_config.h"
#include "introducer/relay/relay_front.h"
#include "introducer/relay/relay_status.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tarn::relay {

inline constexpr std::string_view kRole = "relay"; ///< of the state directory
inline constexpr std::string_view kUrlFile = "relay.url";
inline constexpr std::string_view kAdminSocket = "admin.sock";

class RelayService final : public node::DaemonRole
{
public:
    using ReadConfig = std::function<Result<RelayConfig>()>;

    /// Takes the state directory; blocks. `context` outlives the service.
    static Result<std::unique_ptr<node::DaemonRole>> openBlocking(node::DaemonContext& context,
                                                                  const std::string& stateFolder,
                                                                  ReadConfig readConfig);

    asio::awaitable<Result<std::string>> start() override;
    /// Takes over [announce], [admit], [limits], [log].
    /// \return InvalidInput: the file is bad, or changes what only a new start can change.
    asio::awaitable<Result<void>> reload() override;
    asio::awaitable<void> stop() override;

private:
    RelayService(node::DaemonContext& context, node::StateDir dir, RelayConfig config,
                 node::NodeIdentity identity, std::vector<Secret> tokens, ReadConfig readConfig);
    net::LinksIn::Parts linkParts();
    RelayApi::Parts apiParts();
    MeetingRoom::Parts roomParts();
    Result<void> listen();
    Result<void> listenForOperator();
    std::vector<std::string> places() const;
    RelayFigures figures() const;
    asio::awaitable<void> beat();
    asio::awaitable<void> write();

    node::DaemonContext& m_context;
    node::StateDir m_dir;
    RelayConfig m_config;
    node::NodeIdentity m_identity;
    ReadConfig m_readConfig;
    std::shared_ptr<net::TicketRegistry> m_tickets;
    AdmissionDesk m_desk;
    net::LinksIn m_links;
    MeetingRoom m_room;
    RelayApi m_api;
    RelayFront m_front;
    std::unique_ptr<RelayStatusService> m_status;
    std::unique_ptr<net::Listener> m_listener;
    std::unique_ptr<net::Listener> m_adminListener;
    std::unique_ptr<net::LocalListener> m_operatorListener;
    std::unique_ptr<StunService> m_stun;
    std::uint64_t m_written = 0; ///< version of the book on disk
    std::string m_diskProblem;
    TaskGroup m_tasks;
};

/// One per announced location. \param port  in place of port 0.
std::vector<std::string> placesOf(const crypto::Ed25519PublicKey& key, const RelayConfig& config,
                                  std::uint16_t port);

} // namespace tarn::relay
