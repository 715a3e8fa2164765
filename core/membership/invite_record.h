// invite_record: what an inviter says of an invite to the members of its grid, and so to the
// delegate: never the token. Pure, any thread.
// Source: design.md section 7; core/doc/protocol/membership.md.
#pragma once

#include "core/gossip/record.h"
#include "core/membership/terms.h"

#include <optional>

namespace tarn::membership {

inline constexpr Duration kShortestInvite = std::chrono::hours(1);
inline constexpr Duration kUsualInvite = std::chrono::hours(7 * 24);
inline constexpr Duration kLongestInvite = std::chrono::hours(30 * 24);

struct InviteOffer
{
    GridId grid;
    InviteId id;
    Ed25519PublicKey inviter;
    Ed25519PublicKey key; ///< public half of the invite key
    Terms terms;
    bool preApproved = false;
    std::optional<Ed25519PublicKey> delegate; ///< may complete it, too
    bool closed = false;                      ///< nobody may redeem it any more
    std::int64_t expires = 0;                 ///< seconds since 1970
    friend bool operator==(const InviteOffer&, const InviteOffer&) = default;
};

/// \param offer  of `inviter`; it expires 1 s to 30 d after `now`.
/// \return InvalidInput: what readInvite() would refuse.
Result<gossip::RecordPtr> signInvite(const crypto::Ed25519Key& inviter, const InviteOffer& offer,
                                     std::uint64_t sequence, WallTime now);

/// \return InvalidInput: another kind, or a field out of its bounds.
Result<InviteOffer> readInvite(const gossip::Record& record);

} // namespace tarn::membership
