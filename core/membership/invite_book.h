// invite_book: the invites of one node: its own, and those of others that it may complete. A pure
// state machine: what is asked and the time in, what to do out. Engine thread.
// Source: design.md section 7; core/doc/protocol/membership.md.
//
//   live -> claimed -> joined          a newcomer has the token; its admission is signed
//   live, claimed -> expired, cancelled, burned;  claimed -> denied
//
// Whenever version() has risen, the book goes to disk (invite_archive.h) before anything is
// answered or told to others: so a crash neither loses an invite nor lets it be used twice.
#pragma once

#include "core/membership/membership_view.h"
#include "core/membership/redeem.h"

#include <map>

namespace tarn::membership {

enum class InviteState : std::uint32_t {
    Live = 1,
    Claimed = 2, ///< somebody has the token and waits for approval
    Joined = 3,
    Expired = 4,
    Cancelled = 5,
    Denied = 6,
    Burned = 7, ///< too many wrong proofs
};
/// "live", "claimed", ...
std::string_view nameOf(InviteState state);

struct InviteClaim
{
    Ed25519PublicKey node;
    std::string nickname;
    std::int64_t time = 0; ///< seconds since 1970
    friend bool operator==(const InviteClaim&, const InviteClaim&) = default;
};

struct KeptInvite
{
    InviteId id;
    Ed25519PublicKey inviter;
    Ed25519PublicKey key;             ///< public half of the invite key
    std::optional<InviteToken> token; ///< only of one's own, and while it may be redeemed
    Terms terms;
    bool preApproved = false; ///< or approved since
    std::optional<Ed25519PublicKey> delegate;
    std::int64_t created = 0; ///< seconds since 1970, as all times here
    std::int64_t expires = 0;
    std::string note; ///< for whom; stays here
    InviteState state = InviteState::Live;
    unsigned failedProofs = 0;
    std::optional<InviteClaim> claim; ///< of joined ones: who joined
    AdmissionPtr admission;           ///< of joined ones that were completed here
    gossip::RecordPtr offer;          ///< only of others': what lets the delegate complete it
    std::int64_t closed = 0;          ///< when it left live and claimed; 0: not yet
    bool isOpen() const { return state == InviteState::Live || state == InviteState::Claimed; }
};

inline constexpr unsigned kMostFailedProofs = 5;
inline constexpr std::size_t kMostOpenInvites = 256;    ///< own; and as many of others
inline constexpr std::size_t kMostClosedInvites = 1024; ///< then the oldest is forgotten
inline constexpr std::size_t kMaxNoteBytes = 256;
/// How long a claim that came in time waits for the inviter.
inline constexpr Duration kLongestClaim = std::chrono::hours(30 * 24);

struct InviteWish
{
    Terms terms;
    Duration life = kUsualInvite;
    bool preApproved = false;
    std::optional<Ed25519PublicKey> delegate;
    std::string note; ///< UTF-8
};

enum class ClaimOutcome {
    Complete, ///< approved: admit() it now, or again
    Waiting,  ///< for approve() or deny()
};

/// What follows from what others have said.
struct InviteDuty
{
    std::vector<Lineage> revoke; ///< guests of this node who came in wrongly
};

class InviteBook
{
public:
    InviteBook(const GridId& grid, const Ed25519PublicKey& self) : m_grid(grid), m_self(self) {}

    /// Rises with every change.
    std::uint64_t version() const { return m_version; }
    const std::map<InviteId, KeptInvite>& invites() const { return m_invites; }
    /// Null: none.
    const KeptInvite* find(const InviteId& id) const;

    /// \return InvalidInput: terms, life or note out of bounds.  NoSpace: too many are open.
    Result<InviteId> create(const InviteWish& wish, Random& random, WallTime now);
    /// \return NotFound.  Conflict: not one's own, or no longer open.
    Result<InviteLink> link(const InviteId& id, const std::string& gridName,
                            std::vector<InviteHint> hints) const;

    /// A newcomer's request; the message of an error is for the newcomer.
    /// \param exporter  of its connection.
    /// \return NotFound.  Unauthorized: the proof is wrong, which counts.  Conflict: over, or
    ///         somebody else's.
    Result<ClaimOutcome> claim(const RedeemRequest& request, ByteView exporter, WallTime now);

    /// Of a live one: whoever claims it is approved. \return NotFound, Conflict: not open.
    Result<void> approve(const InviteId& id);
    /// \return NotFound.  Conflict: nobody claims it.
    Result<void> deny(const InviteId& id, WallTime now);
    /// \return NotFound, Conflict: not open.
    Result<void> cancel(const InviteId& id, WallTime now);

    /// Signs the admission of the one who has claimed, once; the same again for one who asks again.
    /// \param key   this node's.  \param view  must show the inviter's lineage (none: the founder).
    /// \return NotFound.  Conflict: not claimed, not approved, or joined elsewhere.  Unauthorized:
    ///         the inviter may not admit on these terms, or no longer.
    Result<Lineage> admit(const InviteId& id, const crypto::Ed25519Key& key,
                          const MembershipView& view, WallTime now);

    /// Time goes on.
    void tick(WallTime now);
    /// Reads the invite records of others: those that name this node as their delegate.
    void learn(std::span<const gossip::RecordPtr> records, WallTime now);
    /// Reads who has joined with this node's invites, by whomever admitted.
    InviteDuty reconcile(const MembershipView& view, WallTime now);

    /// What others do not know yet of one's own invites that have a delegate: to be signed
    /// (invite_record.h). \param records  all that gossip holds.
    std::vector<InviteOffer> toPublish(std::span<const gossip::RecordPtr> records,
                                       WallTime now) const;

private:
    friend class BookKeeper;
    Result<KeptInvite*> open(const InviteId& id);
    void close(KeptInvite& invite, InviteState state, WallTime now);
    void learnOne(const gossip::RecordPtr& record, WallTime now);
    std::size_t countOpen(bool own) const;
    void forgetOldest();

    GridId m_grid;
    Ed25519PublicKey m_self;
    std::map<InviteId, KeptInvite> m_invites;
    std::uint64_t m_version = 0;
};

} // namespace tarn::membership
