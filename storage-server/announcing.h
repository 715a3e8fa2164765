// announcing: what this server tells the configured introducers of itself, and the connections to
// them. Without introducers it does nothing.
#pragma once

#include "core/gossip/server_announcement.h"
#include "core/net/static_dialer.h"
#include "core/node/announcer.h"
#include "core/node/daemon.h"
#include "storage-server/announced_certificates.h"
#include "storage-server/proxy_proof.h"
#include "storage-server/server_identity.h"

#include <memory>
#include <vector>

namespace tarn::storage {

/// What others have signed about this server.
struct Papers
{
    Papers() {}                // no aggregate: those are destroyed twice beside a co_await (g++ 12)
    Certificates certificates; ///< grid managers
    std::optional<crypto::KeyProof> proxyProof; ///< the proxy's operator, with its key
};
/// As the configuration names them. Blocking. \return InvalidInput: a file, by its name.
Result<Papers> readPapersBlocking(const ServiceConfig& config, const std::string& stateFolder,
                                  const crypto::Ed25519PublicKey& node);

/// What introducers are told. A credential only where [announce] anonymous_nurl says so.
/// \param port  in place of port 0.
gossip::ServerAnnouncement toldOf(const ServerIdentity& identity, const ServiceConfig& config,
                                  Papers papers, std::uint16_t port);

/// Engine thread.
class Announcing
{
public:
    /// All outlive it.
    Announcing(node::DaemonContext& context, const node::StateDir& dir,
               const ServerIdentity& identity);
    ~Announcing();

    /// At the start and at every reload: announces anew where something changed.
    /// \return InvalidInput: bad credentials of a proxy, what announcements have no room for, or
    ///         [connections] changed.
    asio::awaitable<Result<void>> apply(const ServiceConfig& config, Papers papers,
                                        std::uint16_t port);
    std::vector<node::IntroducerStatus> status() const;
    net::PoolCounts connections() const;
    /// Introducers that know what apply() and setStanding() said last.
    node::ToldIntroducers told() const;
    /// At once, and with everything that is announced from then on.
    void setStanding(gossip::Standing standing);
    asio::awaitable<void> stop();

private:
    asio::awaitable<Result<void>> connect(net::Outgoing outgoing);
    node::Announcer::MakeRecord recordMaker() const;

    node::DaemonContext& m_context;
    const node::StateDir& m_dir;
    const ServerIdentity& m_identity;
    gossip::ServerAnnouncement m_told;
    gossip::Standing m_standing = gossip::Standing::Open;
    std::vector<wire::IntroducerUrl> m_introducers;
    net::Outgoing m_outgoing;
    // Each stands on those before it.
    std::unique_ptr<net::StaticDialer> m_dialer;
    std::unique_ptr<net::ConnectionPool> m_pool;
    std::unique_ptr<node::Announcer> m_announcer;
};

} // namespace tarn::storage
