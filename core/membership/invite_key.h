// invite_key: the key that who has the token of an invite can sign with, and nobody else.
// Pure, any thread. Source: design.md section 7; core/doc/protocol/membership.md.
#pragma once

#include "core/base/random.h"
#include "core/membership/terms.h"

namespace tarn::membership {

/// 128 random bits that only travel in the link.
using InviteToken = FixedSecret<struct InviteTokenTag, 16>;

/// Its seed is SHA-256 of "tarn invite key v1" 0x00, grid id, invite id, token.
crypto::Ed25519Key inviteKeyOf(const GridId& grid, const InviteId& invite,
                               const InviteToken& token);

} // namespace tarn::membership
