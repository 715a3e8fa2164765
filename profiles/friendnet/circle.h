// circle: this node among the members of its grid: what it signs. Founds the grid, invites, lets
// newcomers in, renews certificates, revokes, announces its own server. The one owner of that state
// in a node. Engine thread. Source: design.md section 7; core/doc/protocol/membership.md.
//
//   STATE/members            the records of the grid (member_records.h)
//   STATE/private/invites    the invite book; written before anything is answered
#pragma once

#include "core/base/turns.h"
#include "core/gossip/server_announcement.h"
#include "core/membership/invite_book.h"
#include "core/node/state_dir.h"
#include "profiles/friendnet/member_records.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tarn::profiles {

inline constexpr std::string_view kMembersFile = "members";
inline constexpr std::string_view kInvitesFile = "private/invites";

class Circle
{
public:
    struct Parts
    {
        asio::any_io_executor engine;
        Clock& clock;
        Random& random;
        WorkPool& diskPool;
        const node::StateDir& dir;     ///< outlives the circle, as does the key
        const crypto::Ed25519Key& key; ///< the node's
        Ed25519PublicKey founder;
        std::string nickname; ///< of a founder, as the grid's name
        std::string gridName;
    };
    /// Reads what was kept; a founder's first start founds the grid. Blocking.
    /// \return InvalidInput: names that are none, or files that cannot be read.  IoFailure.
    static Result<std::unique_ptr<Circle>> openBlocking(Parts parts);

    struct Listener
    {
        std::function<void(const Ed25519PublicKey& to, gossip::GossipMessage message)> send;
        std::function<void()> members; ///< who is a member, or where, has changed
        std::function<void()> invites; ///< an invite has changed
        /// Where a stranger may meet this node until then, besides its addresses.
        std::function<std::vector<membership::InviteHint>(std::int64_t expires)> meetingHints = {};
    };
    void start(Listener listener);
    asio::awaitable<void> stop();

    MemberRecords& records() { return m_records; }
    const MemberRecords& records() const { return m_records; }
    const membership::MembershipView& view() const { return m_records.view(); }
    const membership::GridId& grid() const { return m_records.membership().grid(); }
    const Ed25519PublicKey& self() const { return m_self; }
    const membership::InviteBook& invites() const { return m_book; }
    /// The last one; null: none.
    gossip::RecordPtr ownCertificate() const;
    bool isMember() const { return view().isLive(m_self); }

    /// What members shall know of this node's server; none: it offers nothing.
    void announce(std::optional<gossip::ServerAnnouncement> told);

    // On disk when they return. Errors as InviteBook has them.

    asio::awaitable<Result<membership::InviteId>> createInvite(membership::InviteWish wish);
    asio::awaitable<Result<void>> approve(membership::InviteId id);
    asio::awaitable<Result<void>> deny(membership::InviteId id);
    asio::awaitable<Result<void>> cancel(membership::InviteId id);
    /// Of one's own that is open. \return Conflict besides: this node has no address to name.
    Result<Secret> linkOf(const membership::InviteId& id) const;

    /// What a newcomer is answered. \return IoFailure: nothing is known to be on disk; ask again.
    asio::awaitable<Result<membership::RedeemAnswer>> redeem(membership::RedeemRequest request,
                                                             Secret exporter);

    /// Ends a membership. \return NotFound.  Unauthorized: only those above it may.  Conflict: it
    ///         is this node itself.
    asio::awaitable<Result<void>> revoke(Ed25519PublicKey member);
    /// Ends this node's own membership; its guests stay. \return Conflict: it is no member.
    asio::awaitable<Result<void>> leave();

private:
    explicit Circle(Parts parts);
    Result<void> loadBlocking();
    Result<void> foundBlocking();
    void note();
    asio::awaitable<void> attend();
    asio::awaitable<Result<void>> duties();
    asio::awaitable<Result<void>> renewOthers();
    asio::awaitable<Result<void>> publishInvites();
    asio::awaitable<Result<void>> announceServer();
    asio::awaitable<Result<std::uint64_t>> nextSequence();
    asio::awaitable<Result<void>> saveInvites();
    asio::awaitable<Result<void>> settle(Result<void> done);
    asio::awaitable<Result<gossip::RecordPtr>> certify(membership::Lineage lineage);
    gossip::RecordPtr certificateOf(const membership::Lineage& lineage) const;
    asio::awaitable<Result<membership::RedeemAnswer>> welcome(membership::RedeemRequest request);
    Result<void> checkNewcomer(const membership::RedeemRequest& request, ByteView exporter) const;
    asio::awaitable<Result<void>> signRevocation(Ed25519PublicKey member,
                                                 std::optional<membership::Lineage> lineage);
    std::vector<membership::InviteHint> hintsFor(const membership::KeptInvite& invite) const;

    Parts m_parts;
    Ed25519PublicKey m_self;
    MemberRecords m_records;
    membership::InviteBook m_book;
    std::uint64_t m_bookOnDisk = 0; ///< version
    Listener m_listener;
    std::optional<gossip::ServerAnnouncement> m_told;
    std::optional<gossip::ServerAnnouncement> m_announced;
    WallTime m_announcedAt{};
    bool m_news = true; ///< for attend()
    Turns m_counting;
    Turns m_saving;
    Signal m_wake;
    TaskGroup m_tasks;
};

} // namespace tarn::profiles
