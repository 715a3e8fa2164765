// node_membership: what makes a node one of a grid's members: its circle, what it says to the
// others and answers them, the accounts that they have here. Before it has joined: the newcomer who
// asks to be let in. Engine thread.
#pragma once

#include "client-gateway/service.h"
#include "client-gateway/upload/friend_placement.h"
#include "core/control/watchers.h"
#include "core/net/links_in.h"
#include "core/node/daemon.h"
#include "profiles/friendnet/encoding_choice.h"
#include "profiles/friendnet/grid_identity.h"
#include "profiles/friendnet/joiner.h"
#include "profiles/friendnet/links_out.h"
#include "profiles/friendnet/meetings.h"
#include "profiles/friendnet/member_accounts.h"
#include "profiles/friendnet/node_config.h"
#include "profiles/friendnet/peer_service.h"
#include "profiles/friendnet/port_mapper.h"
#include "profiles/friendnet/punching.h"
#include "profiles/friendnet/racing_dialer.h"
#include "profiles/friendnet/reach_prover.h"
#include "profiles/friendnet/whereabouts.h"
#include "storage-server/service.h"

#include <memory>
#include <optional>

namespace tarn::profiles {

class NodeMembership
{
public:
    struct Parts
    {
        node::DaemonContext& context;
        const node::StateDir& dir;
        const NodeConfig& config; ///< as it is now, also after a reload
        storage::StorageService& storage;
        std::shared_ptr<net::TicketRegistry> tickets; ///< that the storage's listener redeems
        std::function<void(control::Topic)> tell;     ///< something has changed
        std::function<void()> joined;   ///< it is a member: at the start, or from now on
        std::function<void()> appeared; ///< a member came, or there are more or fewer
    };
    /// Reads what was kept: a grid that is joined or founded, or an invite that waits. What `parts`
    /// refers to outlives it. Blocking. \return InvalidInput, IoFailure.
    static Result<std::unique_ptr<NodeMembership>> openBlocking(Parts parts);
    ~NodeMembership();

    /// What reaches members that cannot be dialled, and dials others by `plain`, which outlives it.
    std::unique_ptr<net::Dialer> dialer(net::Dialer& plain) const;
    /// In front of the storage listener.
    std::unique_ptr<net::HttpHandler> front(net::HttpHandler& storage);
    /// After both roles. \param gateway  stores on the members' servers; outlives this.
    asio::awaitable<Result<void>> start(gateway::GatewayService& gateway);
    asio::awaitable<void> stop();
    /// The configuration is another one.
    void reconfigure();

    /// Which members get new shares, as the owner wishes.
    const gateway::FriendPlacement& placement() const { return m_placement; }
    /// The owner's wishes are others.
    void placeAnew();

    /// What this configuration means for the gateway with the members that there are, as the owner
    /// wishes.
    gateway::ServiceConfig gatewayConfig(const NodeConfig& config) const;
    const ChosenEncoding& chosenEncoding() const { return m_encoding; }
    /// On disk, and good for new files, when it returns. \return InvalidInput, Conflict, IoFailure.
    asio::awaitable<Result<void>> chooseEncoding(ChosenEncoding choice);

    /// Absent before it has joined.
    const std::optional<GridIdentity>& grid() const { return m_grid; }
    Circle* circle() const { return m_circle.get(); }
    const PeerCalls* calls() const { return m_calls.get(); }
    const LinksOut* linksOut() const { return m_linksOut.get(); }
    Meetings& meetings() const { return *m_meetings; }
    LinkExchange* links() const { return m_links.get(); }
    const SeenMembers* seen() const { return m_seen.get(); }
    MemberAccounts* accounts() const { return m_accounts.get(); }
    /// Null once it has joined.
    const Joiner* joiner() const { return m_joiner.get(); }
    /// Null before the start.
    const Whereabouts* whereabouts() const { return m_where.get(); }
    /// Why no member has said whether it reaches this node; empty: one has.
    std::string unproven() const;
    /// Tries every path to every member, and has members try this node. Some seconds.
    asio::awaitable<void> check();
    const PortMapper* mapper() const { return m_mapper.get(); }
    const Paths* paths() const { return m_paths.get(); }
    /// Of this node's server, with the addresses that others are told of it.
    storage::ServiceConfig serverConfig() const;
    /// Who offer storage now, as ids; this node included.
    std::vector<std::string> offerers() const;
    /// Who offer storage now, this node included; at least 1.
    std::uint32_t offering() const;

private:
    explicit NodeMembership(Parts parts);
    Result<void> loadBlocking();
    Result<std::unique_ptr<Circle>> openCircleBlocking(const GridIdentity& grid) const;
    Result<std::unique_ptr<Circle>> adoptBlocking(const Welcome& welcome) const;
    asio::awaitable<Result<void>> openPool();
    void startCircle();
    void makeCalls();
    void makeLinksIn();
    void makeLinksOut();
    Whereabouts::Settings whereSettings() const;
    void makeWhereabouts();
    asio::awaitable<Result<void>> checkAll();
    void makePaths();
    void makeProver();
    void makeMapper();
    std::uint16_t portToMap() const;
    void interfacesChanged();
    std::vector<std::uint16_t> portsToProve() const;
    void networkMoved();
    void announce();
    void placesChanged();
    Result<void> openMeetingsBlocking();
    void makePunching();
    void linkChanged(const Ed25519PublicKey& member);
    asio::awaitable<void> join();
    asio::awaitable<void> seekAccounts();
    bool isLost(const Ed25519PublicKey& member);
    void membersChanged();
    void tellEncoding();
    void tellGateway();

    Parts m_parts;
    MemberParts m_member;
    std::optional<GridIdentity> m_grid;
    node::MemberChoices m_choices; ///< as they were on disk at the start
    node::SharedLinks m_kept;      ///< the same
    SeenTimes m_seenBefore;        ///< the same
    ChosenEncoding m_encoding;
    bool m_choosing = false; ///< an encoding
    gateway::FriendPlacement m_placement;
    gateway::GatewayService* m_gateway = nullptr;
    // Each stands on those before it.
    std::unique_ptr<Whereabouts> m_where;
    std::unique_ptr<PortMapper> m_mapper;
    std::unique_ptr<LinksIn> m_linksIn;
    std::unique_ptr<Paths> m_paths;
    std::unique_ptr<net::StaticDialer> m_dialer;
    std::unique_ptr<DialBackDesk> m_dialBack;
    std::unique_ptr<Meetings> m_meetings;
    std::unique_ptr<Punching> m_punching;
    std::unique_ptr<net::Dialer> m_anyDialer;
    std::unique_ptr<net::ConnectionPool> m_pool;
    std::unique_ptr<Circle> m_circle;
    std::unique_ptr<SeenMembers> m_seen;
    std::unique_ptr<PeerCalls> m_calls;
    std::unique_ptr<LinksOut> m_linksOut;
    std::unique_ptr<ReachProver> m_prover;
    std::unique_ptr<LinkExchange> m_links;
    std::unique_ptr<MemberAccounts> m_accounts;
    std::unique_ptr<Joiner> m_joiner;
    std::vector<gossip::RecordPtr> m_told; ///< the gateway
    bool m_stopping = false;
    TaskGroup m_tasks;
};

} // namespace tarn::profiles
