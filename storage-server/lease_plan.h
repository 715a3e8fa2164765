// lease_plan: what has to be written to add or renew a lease in a container. Pure.
// Source: Tahoe-LAFS add_or_renew_lease of allmydata.storage.immutable and mutable.
#pragma once

#include "storage-server/account.h"
#include "storage-server/share_files.h"
#include "storage-server/undo_journal.h"

#include <deque>

namespace tarn::storage {

/// Who wants the share, until when.
struct LeaseGrant
{
    storage_api::LeaseSecrets secrets;
    std::uint32_t expiration = 0; ///< Unix seconds
    std::uint32_t owner = 0;      ///< written into immutable containers; mutable ones get 1
    TubId server;
    AccountId account = kAnonymous; ///< that is charged
};

/// Writes that belong together, and the bytes they lend.
struct WritePlan
{
    std::vector<FileWrite> writes;
    std::deque<Bytes> owned;
    std::uint64_t size = 0; ///< of the file afterwards
    bool addsLease = false; ///< more than the four bytes of a renewal

    void add(std::uint64_t offset, Bytes bytes);
};

/// The record of a new lease, as `form` keeps it.
share::Lease makeLease(const LeaseGrant& grant, share::LeaseForm form, std::uint32_t owner);

/// Renews the lease with the same renew secret, if the grant lasts longer; adds one if there is
/// none. Nothing to do: the plan has no writes. The file grows iff plan.size > old size.
WritePlan planImmutableLease(const ImmutableLeases& container, const LeaseGrant& grant);
/// The same, into `plan` and `slot`, both as they stand after earlier writes of the same plan.
void planMutableLease(MutableSlot& slot, const LeaseGrant& grant, WritePlan& plan);

} // namespace tarn::storage
