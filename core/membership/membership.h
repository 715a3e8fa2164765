// membership: the members of one grid as one node knows them: reads the records of gossip, says who
// may sign what, and remembers members beyond their certificates, so that a grid in which all have
// slept long goes on. Engine thread.
// Source: design.md sections 5 and 7; core/doc/protocol/membership.md.
//
// The shell gives policy() to its RecordSet, calls refresh() with the records of the set whenever
// one of them came or went, and when it says that something changed, setPolicy(policy()): that
// drops what may no longer be, and has gossip ask again for what was refused.
#pragma once

#include "core/gossip/record_set.h"
#include "core/membership/membership_view.h"

#include <span>

namespace tarn::membership {

/// Announcements and all kinds of this folder that travel alone.
gossip::KindRules gridKinds();
/// Issuers vouch for many.
gossip::RecordLimits gridLimits();

/// How long after its last certificate a member is still known.
inline constexpr Duration kMemory = std::chrono::hours(180 * 24);

class Membership
{
public:
    explicit Membership(const Ed25519PublicKey& founder);

    const GridId& grid() const { return m_state->reader.grid(); }
    const MembershipView& view() const { return m_state->view; }

    /// \param records  all that gossip holds; other kinds are passed over.
    /// \return true: somebody came, went or may do other things than before.
    bool refresh(std::span<const gossip::RecordPtr> records, WallTime now);

    /// Statements about membership: those that could ever count. The rest: of those who are live
    /// (of invites: may issue). Follows refresh().
    gossip::SignerPolicy policy() const;

    /// The last certificate of everybody, expired ones too: to be kept on disk.
    std::vector<gossip::RecordPtr> memory() const;
    /// What memory() was, before the first refresh(). What does not fit is passed over.
    void remember(std::span<const gossip::RecordPtr> certificates);

    /// Whose certificate `self` should renew now. Issuers take turns, so that one renewal is
    /// enough; who is late is followed by the next after two hours.
    std::vector<Ed25519PublicKey> dueForRenewal(const Ed25519PublicKey& self, WallTime now) const;

private:
    /// Shared with the policies that were given out.
    struct State
    {
        explicit State(const GridId& grid) : reader(grid) {}
        LineageReader reader;
        MembershipView view;
    };
    static bool mayEnter(State& state, const gossip::Record& record);
    void read(const gossip::RecordPtr& record, WallTime now, Statements& into);
    void keep(const gossip::RecordPtr& record, const Certificate& certificate);
    void forget(WallTime now);

    std::shared_ptr<State> m_state;
    Ed25519PublicKey m_founder;
    std::map<Ed25519PublicKey, gossip::RecordPtr> m_memory; ///< by member
};

/// The records a node begins a grid with: the founder's own certificate.
/// \return InvalidInput: a name that is none.
Result<gossip::RecordPtr> foundGrid(const crypto::Ed25519Key& founder, const std::string& nickname,
                                    const std::string& gridName, std::uint64_t sequence,
                                    WallTime now);

} // namespace tarn::membership
