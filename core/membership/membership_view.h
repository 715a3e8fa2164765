// membership_view: who is a member of the grid now, on which terms, through whom: what follows from
// all statements together, in whatever order they came. Pure, any thread.
// Source: design.md section 7; core/doc/protocol/membership.md; decision 45.
#pragma once

#include "core/membership/certificate.h"
#include "core/membership/revocation.h"

#include <map>
#include <set>
#include <string_view>
#include <vector>

namespace tarn::membership {

struct Statements
{
    std::vector<Certificate> certificates;
    std::vector<Revocation> revocations;
    std::vector<Departure> departures;
    /// No longer handed on, or expired: they only tell of lineages, and not every node has them.
    std::vector<Certificate> remembered;
};

enum class Standing {
    Live,      ///< somebody who may vouches for it
    Expired,   ///< nobody does any more; a renewal brings it back
    Departed,  ///< left
    Duplicate, ///< came with an invite that another one had redeemed earlier
    Revoked,   ///< or came through one who is
};
/// "live", "expired", ...
std::string_view nameOf(Standing standing);

struct Member
{
    Ed25519PublicKey key;
    std::string name; ///< its nickname, made unique in this grid
    Standing standing = Standing::Expired;
    Lineage lineage;        ///< the one that counts: nickname, terms, inviter, time are in own()
    std::int64_t until = 0; ///< latest end of a certificate that counts; 0: there is none
    const Terms& terms() const { return lineage.own().terms; }
};

class MembershipView
{
public:
    /// \param founder  the grid's.
    static MembershipView of(const Ed25519PublicKey& founder, const Statements& statements,
                             WallTime now);

    const Ed25519PublicKey& founder() const { return m_founder; }
    /// Everybody of whom a statement tells, also those who are no longer members. The founder is
    /// there once its own certificate is.
    const std::map<Ed25519PublicKey, Member>& members() const { return m_members; }
    /// Null: unknown.
    const Member* find(const Ed25519PublicKey& key) const;
    /// By `name`, upper or lower case, or by "v0-...". Null: none.
    const Member* findNamed(std::string_view text) const;

    /// The founder is live unless it left.
    bool isLive(const Ed25519PublicKey& key) const;
    /// May admit, vouch and sign invites with this depth: an expired one, too.
    bool mayIssue(const Ed25519PublicKey& key, unsigned depth = 0) const;
    /// Live, and no guest.
    bool mayOffer(const Ed25519PublicKey& key) const;
    /// No lineage through this key will ever count again.
    bool isBuried(const Ed25519PublicKey& key) const { return m_buried.contains(key); }
    /// Those who lost an invite to another one; their inviter revokes them.
    const std::vector<Lineage>& duplicates() const { return m_duplicates; }
    /// When the first who is live expires, seconds since 1970; 0: nobody will. The founder does
    /// not.
    std::int64_t nextExpiry() const;

private:
    friend class ViewMaker;
    Ed25519PublicKey m_founder;
    bool m_founderLeft = false;
    std::map<Ed25519PublicKey, Member> m_members;
    std::set<Ed25519PublicKey> m_buried;
    std::vector<Lineage> m_duplicates;
};

} // namespace tarn::membership
