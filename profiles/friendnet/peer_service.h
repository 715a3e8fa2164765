// peer_service: what this node answers to other members and to newcomers on its storage listener;
// every other request goes on to the storage. Engine thread.
// Source: core/doc/protocol/peers.md.
//
//   POST /peer/v1/redeem     a newcomer with an invite (core/membership/redeem.h)
//   POST /peer/v1/gossip     a member: GossipMessage for GossipMessage
//   GET  /peer/v1/account    a member: what it uses here (account_report.h)
//   POST /peer/v1/share      a member gives a read link (shared_links.h)
//   GET  /peer/v1/link       a member makes a peer link (links_in.h)
//   POST /peer/v1/dial-back  a member wants to be connected to, to see whether it can be
//   POST /peer/v1/relay      a member or its guest wants to meet somebody (introducer/relay)
//   POST /peer/v1/signal     a member has a question to somebody
#pragma once

#include "core/net/http_server.h"
#include "core/net/links_in.h"
#include "introducer/relay/relay_api.h"
#include "introducer/source_limits.h"
#include "profiles/friendnet/circle.h"
#include "profiles/friendnet/dial_back_desk.h"
#include "profiles/friendnet/link_exchange.h"
#include "profiles/friendnet/peer_calls.h"
#include "storage-server/account_book.h"

namespace tarn::profiles {

using net::LinksIn;

/// What there is of a node's membership; null before it has joined.
struct MemberParts
{
    Circle* circle = nullptr;
    PeerCalls* calls = nullptr;
    LinkExchange* links = nullptr;
    LinksIn* linksIn = nullptr;
    DialBackDesk* dialBack = nullptr;
    relay::RelayApi* relay = nullptr;
};

/// Who sent this request. \return Unauthorized: no member.
Result<Ed25519PublicKey> memberOf(net::ServerExchange& exchange, const MemberParts& member);

class PeerService final : public net::HttpHandler
{
public:
    struct Parts
    {
        net::HttpHandler& storage; ///< gets the rest
        const MemberParts& member;
        const storage::AccountBook& accounts;
        const storage::AccountUsage& usage;
        WorkPool& cpuPool;
        Clock& clock;
    };
    /// What `parts` refers to outlives the service.
    explicit PeerService(const Parts& parts);

    asio::awaitable<Result<void>> serve(net::ServerExchange& exchange) override;

private:
    asio::awaitable<Result<void>> redeem(net::ServerExchange& exchange);
    asio::awaitable<Result<void>> gossip(net::ServerExchange& exchange);
    asio::awaitable<Result<void>> account(net::ServerExchange& exchange);
    asio::awaitable<Result<void>> share(net::ServerExchange& exchange);
    asio::awaitable<Result<void>> link(net::ServerExchange& exchange);
    asio::awaitable<Result<void>> dialBack(net::ServerExchange& exchange);
    asio::awaitable<Result<void>> meet(net::ServerExchange& exchange);

    Parts m_parts;
    introducer::SourceLimits m_limits;
};

} // namespace tarn::profiles
