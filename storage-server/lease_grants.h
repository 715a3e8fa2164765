// lease_grants: puts a lease on the complete shares of a storage index, durably. Blocking; the
// caller holds the index exclusively.
#pragma once

#include "storage-server/store_parts.h"

namespace tarn::storage {

struct LeaseTargets
{
    StorageIndex index;
    std::set<ShareNumber> shares; ///< that exist
    bool onlyImmutable = false;   ///< Unsupported if one is mutable
};

/// Adds or renews the lease on every target that is a share (others are skipped). If one is added,
/// all is done or nothing; mere renewals are done one by one.
/// \param journalId  unique.
/// The grant's account is charged for every target. \return on how many.  NoSpace: not enough for
/// another lease, on disk or in the quota.
Result<std::size_t> grantLeasesBlocking(StoreParts& parts, const LeaseTargets& targets,
                                        const LeaseGrant& grant, const std::string& journalId,
                                        JobReport& report);

} // namespace tarn::storage
