// meetings: how this node meets peers where neither can connect to the other: whom it keeps links
// with besides members, what it tells others of that, whom it asks, and what it does for others
// itself. Engine thread. Source: core/doc/protocol/relay.md.
//
//   STATE/private/relay_token    what the relays of [relay] relays want to see; none: a membership
#pragma once

#include "core/control/relay_values.h"
#include "core/gossip/server_announcement.h"
#include "core/node/daemon.h"
#include "profiles/friendnet/circle.h"
#include "profiles/friendnet/link_signals.h"
#include "profiles/friendnet/links_out.h"
#include "profiles/friendnet/member_relay.h"
#include "profiles/friendnet/node_config.h"
#include "profiles/friendnet/relay_way.h"

#include <functional>
#include <map>
#include <memory>
#include <vector>

namespace tarn::profiles {

class Meetings
{
public:
    struct Parts
    {
        node::DaemonContext& context;
        const node::StateDir& dir;
        const NodeConfig& config;      ///< as it is now, also after a reload
        const crypto::Ed25519Key& key; ///< the node's
        std::shared_ptr<net::TicketRegistry> tickets;
        net::LinksIn& linksIn;
        std::function<net::Dialer&()> plain; ///< once this node dials
        std::function<Circle*()> circle;     ///< null before it has joined
        std::function<const LinksOut*()> linksOut;
        std::function<std::vector<net::Location>(const Ed25519PublicKey&)> locationsOf;
        std::function<bool()> reached; ///< some member can connect to this node
        std::function<Result<Ed25519PublicKey>(net::ServerExchange&)> memberOf;
        std::function<void(net::Stream)> serve;   ///< as TLS and HTTP server
        std::function<void()> changed;            ///< points() are others
        std::function<net::Endpoint()> listening; ///< where members come in
    };
    /// Reads what was kept. What `parts` refers to outlives it. Blocking.
    static Result<std::unique_ptr<Meetings>> openBlocking(Parts parts);
    ~Meetings();

    /// This node is a member.
    void start();
    asio::awaitable<void> stop();
    /// The configuration is another one.
    void reconfigure();
    /// Every two seconds.
    void tick(bool slept);
    /// What members tell is another.
    void lookAtMembers();
    /// Links to members are others.
    void lookAtLinks();

    /// Before this node is a member: where an inviter may be met.
    void meetAt(const net::PeerKey& peer, const membership::InviteHint& hint);
    /// The relays of those hints: most likely nobody reaches this node either.
    std::vector<Ed25519PublicKey> guestRelays() const;
    bool knows(const net::PeerKey& peer) const { return m_way->knows(peer); }
    /// What this node tells others.
    const std::vector<gossip::MeetingPoint>& points() const { return m_points; }
    /// For a stranger, until `expires`.
    std::vector<membership::InviteHint> hints(std::int64_t expires) const;

    MemberRelay& relay() const { return *m_relay; }
    /// Whom this node keeps links with, for people.
    std::vector<control::RelayView> views() const;
    const std::shared_ptr<RelayWay>& way() const { return m_way; }
    PeerSignals& signals() { return *m_signals; }
    /// Of members and relays that this node has links with.
    std::vector<net::Endpoint> stunServers() const;
    /// Who answers questions; null: nobody. Outlives this, or is taken away before.
    void setSignalHandler(SignalHandler* handler) { m_handler = handler; }
    asio::awaitable<Result<Bytes>> answerSignal(net::PeerKey from, Bytes question);

private:
    struct Relay
    {
        std::vector<net::Location> locations;
        bool configured = false;
    };

    Meetings(Parts parts, RelayMemory memory, Secret token);
    void makeRelayLinks();
    void seekRelays();
    std::string passOf(const Ed25519PublicKey& relay) const;
    std::vector<RelayPoint> pointsOf(const net::PeerKey& peer) const;
    RelayPoint readPoint(const gossip::MeetingPoint& point) const;

    Parts m_parts;
    Secret m_token;
    SignalHandler* m_handler = nullptr;
    std::map<net::PeerKey, std::vector<RelayPoint>> m_told; ///< by members, of themselves
    std::map<net::PeerKey, std::vector<RelayPoint>> m_guest;
    std::vector<gossip::MeetingPoint> m_points;
    std::map<Ed25519PublicKey, Relay> m_relays; ///< to keep links with
    std::shared_ptr<RelayCalls> m_calls;
    std::shared_ptr<RelayWay> m_way;
    std::unique_ptr<LinkSignals> m_signals;
    std::unique_ptr<MemberRelay> m_relay;
    std::unique_ptr<LinksOut> m_links; ///< to m_relays, once this node is a member
};

} // namespace tarn::profiles
