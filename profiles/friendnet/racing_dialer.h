// racing_dialer: every way to a peer, tried beside each other, the better ones first; and what
// became of each. A way that won is taken at once the next time; whether there is a better one is
// looked at now and then, and its connection is the next one that is used. Engine thread.
#pragma once

#include "core/base/signal.h"
#include "core/net/peer_dialer.h"
#include "profiles/friendnet/path_log.h"
#include "profiles/friendnet/peer_way.h"

#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace tarn::profiles {

/// What all dialers of a node share.
class Paths
{
public:
    struct Parts
    {
        asio::any_io_executor engine;
        Clock& clock;
        std::function<std::vector<LocalAddress>()> local; ///< this machine's own
        Duration connectLimit;                            ///< of one attempt over TCP
        /// There is another path in use, or none any more.
        std::function<void(const net::PeerKey&)> changed;
    };
    using Members = std::vector<std::pair<net::PeerKey, std::vector<net::Location>>>;

    /// What `parts` refers to outlives the paths.
    explicit Paths(Parts parts);
    ~Paths();

    /// `way` outlives stop().
    void add(PeerWay& way);
    /// For what these paths try by themselves; as for dialer().
    void use(net::Dialer& plain, std::unique_ptr<net::Dialer> reversed);
    /// Where members say that they are; others are forgotten.
    void setMembers(const Members& members);
    /// Every two seconds: looks for better ways.
    void tick();
    /// Kept connections are not used again, and nothing is known of any way.
    void networkChanged();
    /// Tries every path now, also those that are no better. \return when all have ended.
    asio::awaitable<void> tryAll(net::PeerKey peer);
    PeerPaths of(const net::PeerKey& peer) const;
    /// Nothing is tried any more. \return when all that was has ended.
    asio::awaitable<void> stop();

    /// \param plain     connects to locations.
    /// \param reversed  asks members who keep links to connect (LinksIn::dialer); null: none.
    /// Both outlive the dialer, but not what it began.
    std::unique_ptr<net::PeerDialer> dialer(net::Dialer& plain,
                                            std::unique_ptr<net::Dialer> reversed) const;

private:
    struct Core;
    struct Race;
    struct Candidate;
    struct Plan;
    struct Sources;
    class RacingDialer;
    using Tls = std::unique_ptr<net::TlsStream>;

    static asio::awaitable<Result<Tls>> meetFirst(std::shared_ptr<Core> core, Sources sources,
                                                  net::PeerKey peer,
                                                  std::vector<net::Location> locations,
                                                  net::TlsClientContext context,
                                                  Duration handshake);
    static asio::awaitable<void> run(std::shared_ptr<Core> core, std::shared_ptr<Race> race);
    static void begin(const std::shared_ptr<Core>& core, const std::shared_ptr<Race>& race);
    static asio::awaitable<Result<Tls>> attempt(std::shared_ptr<Core> core,
                                                std::shared_ptr<Race> race, std::size_t index);
    static asio::awaitable<Result<net::Stream>>
    connect(std::shared_ptr<Core> core, std::shared_ptr<Race> race, std::size_t index);
    static asio::awaitable<Result<void>> lookForBetter(std::shared_ptr<Core> core,
                                                       std::shared_ptr<Race> race);

    std::shared_ptr<Core> m_core; ///< losers of a race may end later
    std::unique_ptr<RacingDialer> m_own;
};

} // namespace tarn::profiles
