// invite_link: an invite as one line of text, which a person hands to a friend. Everything in it is
// hostile input: lengths are bounded, names never become paths, nothing is fetched. Who has the
// text has the invite: it is a secret. Pure, any thread. Source: design.md section 7;
// core/doc/protocol/membership.md.
//
//   tarn://join/1#<base64url of the protobuf message InviteLink>
#pragma once

#include "core/membership/invite_key.h"
#include "core/wire/location.h"

#include <optional>
#include <string>
#include <vector>

namespace tarn::membership {

inline constexpr std::string_view kInvitePrefix = "tarn://join/1#";
inline constexpr std::size_t kMaxInviteText = 4096;
inline constexpr std::size_t kMaxHints = 4;
inline constexpr std::size_t kMaxTicketBytes = 256;

/// Where to find somebody who completes the invite.
struct InviteHint
{
    wire::Location location;               ///< its port is not 0
    std::optional<Ed25519PublicKey> node;  ///< the delegate; none: the inviter
    std::optional<Ed25519PublicKey> relay; ///< there is a relay of this key at `location`
    Bytes ticket;                          ///< for the relay: lets a stranger in; else empty
    friend bool operator==(const InviteHint&, const InviteHint&) = default;
};

struct InviteLink
{
    GridId grid;
    std::string gridName; ///< as checkName()
    Ed25519PublicKey inviter;
    InviteId id;
    InviteToken token;
    std::int64_t expires = 0; ///< seconds since 1970, by the inviter's clock
    std::vector<InviteHint> hints;
    friend bool operator==(const InviteLink&, const InviteLink&) = default;
};

/// \return InvalidInput: a field out of its bounds.
Result<Secret> inviteText(const InviteLink& link);

/// Takes exactly what inviteText() writes. \return InvalidInput: says what, not which bytes.
Result<InviteLink> parseInvite(std::string_view text);

} // namespace tarn::membership
