// lease_care: one storage index looked through: leases that have ended go, and shares without any
// other with them; the ledger is made to say what the shares say. Blocking; the caller holds the
// index exclusively, or only looks.
#pragma once

#include "storage-server/lease_policy.h"
#include "storage-server/store_parts.h"

namespace tarn::storage {

/// What ends leases.
struct LeaseRules
{
    LeasePolicy policy;
    std::set<AccountId> letGo;                 ///< whose leases go whatever the policy
    std::int64_t now = 0;                      ///< Unix seconds
    std::optional<std::set<ShareNumber>> only; ///< absent: all shares of the index
    /// What the ledger says of an index without a folder stays: its disk may be away.
    bool keepsAbsent = false;
};

/// What was found in a bucket, or in many.
struct LeaseFindings
{
    std::uint64_t shares = 0;
    std::uint64_t brokenShares = 0;  ///< whose leases cannot be read
    std::uint64_t endedLeases = 0;   ///< that go
    std::uint64_t removedShares = 0; ///< that nobody leases any more
    std::uint64_t freedBytes = 0;
    std::uint64_t drift = 0; ///< rows of the ledger that were missing, wrong or too many

    bool changes() const { return endedLeases > 0 || drift > 0; }
    LeaseFindings& operator+=(const LeaseFindings& other);
};

/// Looks without changing anything.
Result<LeaseFindings> inspectLeases(StoreParts& parts, const StorageIndex& index,
                                    const LeaseRules& rules);
/// Does what inspectLeases() counts: all or nothing.
/// \param journalId  unique.
Result<LeaseFindings> careForLeases(StoreParts& parts, const StorageIndex& index,
                                    const LeaseRules& rules, const std::string& journalId,
                                    JobReport& report);

} // namespace tarn::storage
