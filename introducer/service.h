// service: an introducer as the role of a daemon: state directory, identity, listeners, peers.
#pragma once

#include "core/net/listener.h"
#include "core/net/static_dialer.h"
#include "core/node/daemon.h"
#include "core/node/node_key.h"
#include "introducer/introducer.h"
#include "introducer/introducer_api.h"
#include "introducer/service_config.h"
#include "introducer/status_service.h"

#include <functional>
#include <memory>

namespace tarn::introducer {

inline constexpr std::string_view kRole = "introducer"; ///< of the state directory
/// Of the state directory: one tarn-intro:// URL per line. No secret.
inline constexpr std::string_view kUrlFile = "introducer.url";
inline constexpr std::string_view kRecordsFile = "records";

class IntroducerService final : public node::DaemonRole
{
public:
    using ReadConfig = std::function<Result<ServiceConfig>()>;

    /// Takes the state directory; blocks. `context` outlives the service.
    static Result<std::unique_ptr<node::DaemonRole>> openBlocking(node::DaemonContext& context,
                                                                  const std::string& stateFolder,
                                                                  ReadConfig readConfig);

    asio::awaitable<Result<std::string>> start() override;
    /// Takes over [node], [announce], [gossip].
    /// \return InvalidInput: the file is bad, or changes what only a new start can change.
    asio::awaitable<Result<void>> reload() override;
    asio::awaitable<void> stop() override;

private:
    IntroducerService(node::DaemonContext& context, node::StateDir dir, ServiceConfig config,
                      std::unique_ptr<net::StaticDialer> dialer, node::NodeIdentity identity,
                      ReadConfig readConfig);
    Result<void> listen();
    Result<void> writeUrls() const;
    void takeOver();

    node::DaemonContext& m_context;
    node::StateDir m_dir;
    ServiceConfig m_config;
    node::NodeIdentity m_identity;
    ReadConfig m_readConfig;
    std::unique_ptr<net::StaticDialer> m_dialer;
    std::unique_ptr<net::ConnectionPool> m_pool;
    Introducer m_introducer;
    IntroducerApi m_api;
    std::unique_ptr<StatusService> m_status;
    std::unique_ptr<net::Listener> m_listener;
    std::unique_ptr<net::Listener> m_adminListener;
};

/// One per announced location. \param port  in place of port 0.
std::vector<std::string> urlsOf(const node::NodeIdentity& identity, const ServiceConfig& config,
                                std::uint16_t port);

} // namespace tarn::introducer
