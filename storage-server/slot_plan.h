// slot_plan: a read-test-write worked out: checked, tested and read, and turned into changes of
// files that nobody has made yet. Blocking reads; writes nothing.
// Source: Tahoe-LAFS slot_testv_and_readv_and_writev (allmydata.storage.server, mutable).
#pragma once

#include "storage-server/lease_plan.h"
#include "storage-server/ledger.h"

namespace tarn::storage {

/// Read vectors of one request may ask for so many bytes altogether.
inline constexpr std::uint64_t kMostReadBytes = 32 * 1024 * 1024;

struct SlotRequest
{
    StorageIndex index;
    ByteView writeEnabler;
    LeaseGrant lease;
    const storage_api::ReadTestWrite* vectors = nullptr;
};

struct SlotPlan
{
    storage_api::ReadTestWriteAnswer answer;
    std::vector<FileChange> changes;  ///< empty when a test failed or nothing was to be written
    std::deque<WritePlan> owned;      ///< keeps the bytes of `changes` alive
    std::int64_t growth = 0;          ///< bytes by which the share files grow altogether
    std::vector<ShareCharge> charges; ///< what those that stay cost afterwards
    std::vector<ShareName> gone;      ///< those that do not
};

/// \return Unauthorized: a share has another write enabler.  Unsupported: a share is not mutable.
///         InvalidInput: vectors beyond the limits.  Corrupt: a container is broken.
Result<SlotPlan> planSlot(FileLayer& layer, const SlotRequest& request);

/// The bytes of a file after `change`, which must not be a Remove.
/// \param limit  InvalidInput if they are more.
Result<Bytes> imageAfter(FileLayer& layer, const FileChange& change, std::uint64_t limit);

} // namespace tarn::storage
