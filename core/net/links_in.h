// links_in: the links that others keep to this node because it cannot connect to them. Over its
// link a member is asked to connect itself, with a ticket; the connection then serves this node's
// requests, or those of somebody else to whom this node relays. Questions of others go over it.
// Engine thread. Source: core/doc/protocol/{peer-link,relay}.md.
#pragma once

#include "core/base/task_group.h"
#include "core/crypto/ed25519.h"
#include "core/net/dialer.h"
#include "core/net/peer_link.h"
#include "core/net/tls_context.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tarn::net {

using crypto::Ed25519PublicKey;

class LinksIn
{
public:
    struct Parts
    {
        asio::any_io_executor engine;
        Clock& clock;
        /// Those that the listener for peers redeems.
        std::shared_ptr<TicketRegistry> tickets;
        std::function<Dialer&()> plain; ///< connects to locations
        /// What a member says of where it is.
        std::function<std::vector<Location>(const Ed25519PublicKey&)> locationsOf;
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
    void accept(const Ed25519PublicKey& member, UpgradedChannel taken);
    /// Every two seconds.
    void tick();
    /// Another network, or this machine slept: connections of before are not used again.
    void networkChanged();
    /// What links are told: this node relays, it answers STUN.
    void setTerms(const LinkTerms& terms);
    /// Has `peer` connect here with `ticket`, for somebody else.
    /// \param refused  it says that nothing comes of it; not called after the next hundred calls.
    /// \return PeerUnreachable: it keeps no link.
    Result<void> call(const PeerKey& peer, const Ticket& ticket,
                      std::function<void(const Error&)> refused);
    /// Carries a question of `from` and brings the answer.
    /// \return PeerUnreachable: no link, too many questions, or it refuses.  Timeout.
    asio::awaitable<Result<Bytes>> signal(PeerKey peer, PeerKey from, Bytes question);
    /// Links of those who are no members any more end.
    void dropStrangers();
    bool has(const Ed25519PublicKey& member) const;
    bool hasPeer(const PeerKey& peer) const;
    /// Of who keeps a link.
    std::optional<Ed25519PublicKey> keyOf(const PeerKey& peer) const;
    std::size_t size() const;
    asio::awaitable<void> stop();

    /// Dials over these links, and where there is none `plain`. Outlives neither `plain` nor the
    /// engine, but this object.
    std::unique_ptr<Dialer> dialer(Dialer& plain) const;

private:
    struct Entry;
    struct Shared;
    struct Meeting;
    struct Question;
    struct LeaveQuestion;
    struct Leave;
    class LinkDialer;

    static asio::awaitable<Result<Stream>> meet(std::shared_ptr<Shared> shared, PeerKey peer);
    static asio::awaitable<Result<Bytes>> carry(std::shared_ptr<Shared> shared, PeerKey peer,
                                                PeerKey from, Bytes question);
    PeerLink::Events eventsOf(const Ed25519PublicKey& member);
    void refused(const PeerKey& peer, const LinkRefusal& refusal);
    asio::awaitable<void> run(PeerKey peer, std::shared_ptr<PeerLink> link);
    asio::awaitable<void> tryDirectly(Ed25519PublicKey member);
    asio::awaitable<Result<void>> connectDirectly(Ed25519PublicKey member);

    Parts m_parts;
    std::shared_ptr<Shared> m_shared; ///< those who dial may end later than this
    LinkTerms m_terms;
    struct Bucket
    {
        double tokens = 0;
        TimePoint at{};
    };
    std::map<Ed25519PublicKey, Bucket> m_buckets; ///< of members only
    TlsClientContext m_tls;
    TaskGroup m_tasks;
};

} // namespace tarn::net
