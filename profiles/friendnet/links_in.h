// links_in: the links that members keep to this node because it cannot connect to them. Over its
// link a member is asked to connect itself, with a ticket; the connection then serves this node's
// requests. Engine thread. Source: core/doc/protocol/peer-link.md.
#pragma once

#include "core/base/task_group.h"
#include "core/crypto/ed25519.h"
#include "core/net/dialer.h"
#include "core/net/peer_link.h"
#include "core/net/tls_context.h"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace tarn::profiles {

using crypto::Ed25519PublicKey;

class LinksIn
{
public:
    struct Parts
    {
        asio::any_io_executor engine;
        Clock& clock;
        /// Those that the listener for peers redeems.
        std::shared_ptr<net::TicketRegistry> tickets;
        std::function<net::Dialer&()> plain; ///< connects to locations
        /// What a member says of where it is.
        std::function<std::vector<net::Location>(const Ed25519PublicKey&)> locationsOf;
        std::function<bool(const Ed25519PublicKey&)> belongs; ///< is a member
        std::function<void(const Ed25519PublicKey&)> heard;   ///< a member shows that it is there
        std::function<void(const Ed25519PublicKey&, bool up)> changed; ///< a link came or went
        /// While a link lasts: whether the member can be connected to after all.
        std::function<void(const Ed25519PublicKey&, const Result<void>&)> reached;
    };
    /// What `parts` refers to outlives it.
    explicit LinksIn(Parts parts);
    ~LinksIn();

    /// \return Conflict: it makes links too often.
    Result<void> mayLink(const Ed25519PublicKey& member);
    /// A link that a member has made; it takes the place of the one before.
    void accept(const Ed25519PublicKey& member, net::UpgradedChannel taken);
    /// Every two seconds.
    void tick();
    /// Another network, or this machine slept: connections of before are not used again.
    void networkChanged();
    /// Links of those who are no members any more end.
    void dropStrangers();
    bool has(const Ed25519PublicKey& member) const;
    std::size_t size() const;
    asio::awaitable<void> stop();

    /// Dials over these links, and where there is none `plain`. Outlives neither `plain` nor the
    /// engine, but this object.
    std::unique_ptr<net::Dialer> dialer(net::Dialer& plain) const;

private:
    struct Entry;
    struct Shared;
    struct Meeting;
    struct Leave;
    class LinkDialer;

    static asio::awaitable<Result<net::Stream>> meet(std::shared_ptr<Shared> shared,
                                                     net::PeerKey peer);
    asio::awaitable<void> run(net::PeerKey peer, std::shared_ptr<net::PeerLink> link);
    asio::awaitable<void> tryDirectly(Ed25519PublicKey member);
    asio::awaitable<Result<void>> connectDirectly(Ed25519PublicKey member);

    Parts m_parts;
    std::shared_ptr<Shared> m_shared; ///< those who dial may end later than this
    struct Bucket
    {
        double tokens = 0;
        TimePoint at{};
    };
    std::map<Ed25519PublicKey, Bucket> m_buckets; ///< of members only
    net::TlsClientContext m_tls;
    TaskGroup m_tasks;
};

} // namespace tarn::profiles
