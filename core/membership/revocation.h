// revocation: statements that end a membership: of somebody above it, or of the member itself.
// Neither expires. Pure, any thread.
// Source: design.md section 7; core/doc/protocol/membership.md; decision 45.
#pragma once

#include "core/membership/lineage.h"

namespace tarn::membership {

/// Voids every lineage in which the signer stands above the subject, and so all who follow.
struct Revocation
{
    Ed25519PublicKey subject;
    Ed25519PublicKey signer;
    std::optional<Lineage> lineage; ///< of the subject, through the signer; none: the founder's
    std::int64_t issued = 0;        ///< seconds since 1970
};

/// \param subject  null: the founder signs, and knows no lineage.
/// \return InvalidInput: what openRevocation() would refuse.
Result<gossip::RecordPtr> signRevocation(const crypto::Ed25519Key& signer, const GridId& grid,
                                         const Ed25519PublicKey& key, const Lineage* subject,
                                         std::uint64_t sequence, WallTime now);
/// \return InvalidInput, Corrupt: not a revocation, or its signer does not stand above the subject.
Result<Revocation> openRevocation(LineageReader& reader, const gossip::Record& record);

/// Who leaves stays away until somebody admits it anew, later. Its guests stay.
struct Departure
{
    Lineage lineage;         ///< of the one who leaves
    std::int64_t issued = 0; ///< seconds since 1970
};

/// \return InvalidInput: the lineage of another.
Result<gossip::RecordPtr> signDeparture(const crypto::Ed25519Key& key, const Lineage& own,
                                        std::uint64_t sequence, WallTime now);
/// \return InvalidInput, Corrupt: not a departure, or of another than its signer.
Result<Departure> openDeparture(LineageReader& reader, const gossip::Record& record);

} // namespace tarn::membership
