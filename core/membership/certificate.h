// certificate: a member vouches for another one for 14 days. The first is its inviter's; then any
// member who may issue renews it. It carries all that proves it but revocations. Pure, any thread.
// Source: design.md section 7; core/doc/protocol/membership.md.
#pragma once

#include "core/membership/lineage.h"

namespace tarn::membership {

inline constexpr Duration kCertificateLife = std::chrono::hours(14 * 24);

struct Certificate
{
    Lineage lineage;                      ///< of the member
    Ed25519PublicKey issuer;              ///< who signs
    std::optional<Lineage> issuerLineage; ///< of an issuer who is not in `lineage`
    std::int64_t issued = 0;              ///< seconds since 1970
    std::int64_t expires = 0;             ///< the same
};

/// \param own  of the issuer; null: it is the founder, or stands in `member`.
/// \return InvalidInput: what openCertificate() would refuse.
Result<gossip::RecordPtr> signCertificate(const crypto::Ed25519Key& issuer, const Lineage& member,
                                          const Lineage* own, std::uint64_t sequence, WallTime now);

/// \return InvalidInput, Corrupt: not a certificate, or by one who never had the right to issue.
Result<Certificate> openCertificate(LineageReader& reader, const gossip::Record& record);

} // namespace tarn::membership
