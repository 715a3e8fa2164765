// admission: how somebody became a member: who let whom in, on which terms. It never expires;
// certificates say until when it counts (certificate.h). Pure, any thread.
// Source: design.md section 7; core/doc/protocol/membership.md.
#pragma once

#include "core/membership/invite_record.h"

#include <memory>
#include <string>

namespace tarn::membership {

/// Only openAdmission() and the functions that sign make them.
struct Admission
{
    Ed25519PublicKey member;
    Ed25519PublicKey inviter; ///< whose guest it is; of the founder: itself
    Ed25519PublicKey signer;  ///< the inviter or its delegate
    std::string nickname;
    Terms terms; ///< of the founder: depth kMaxDepth
    std::optional<InviteId> invite;
    std::string gridName;      ///< only in the founder's
    std::int64_t admitted = 0; ///< seconds since 1970, by the signer's clock
    Bytes bytes;               ///< the SignedRecord
    bool isFounding() const { return member == signer; }
};
using AdmissionPtr = std::shared_ptr<const Admission>;

struct NewMember
{
    Ed25519PublicKey key;
    std::string nickname;
    Terms terms;
    std::optional<InviteId> invite;
};

/// The founder's admission of itself: its key makes the grid.
/// \return InvalidInput: a name that is none.
Result<AdmissionPtr> signFounding(const crypto::Ed25519Key& founder, const std::string& nickname,
                                  const std::string& gridName, WallTime now);
/// \return InvalidInput: a field out of its bounds. Whether the inviter may is checked by those who
///         read the lineage.
Result<AdmissionPtr> signAdmission(const crypto::Ed25519Key& inviter, const GridId& grid,
                                   const NewMember& member, WallTime now);
/// In the name of the inviter of `invite`.
/// \return InvalidInput: the invite has another delegate, other terms, another id, is closed or has
///         expired.
Result<AdmissionPtr> signDelegatedAdmission(const crypto::Ed25519Key& delegate,
                                            const gossip::Record& invite, const NewMember& member,
                                            WallTime now);

/// Checks the signatures. \return InvalidInput, Corrupt.
Result<AdmissionPtr> openAdmission(const GridId& grid, ByteView signedRecord);

} // namespace tarn::membership
