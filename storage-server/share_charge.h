// share_charge: what the accounts need to know of a share file: what it costs, and who holds a
// lease on it. Blocking.
#pragma once

#include "storage-server/ledger.h"
#include "storage-server/share_files.h"

namespace tarn::storage {

/// Bytes of the file if it had one lease: the same for everyone who holds one.
std::uint64_t chargeOf(const ImmutableLeases& container);
std::uint64_t chargeOf(const MutableSlot& container);

struct ShareLease
{
    LeaseKey key;
    std::uint32_t expiration = 0; ///< Unix seconds
};

struct ShareFacts
{
    share::ContainerKind kind = share::ContainerKind::Unknown;
    std::uint64_t fileSize = 0;
    std::uint64_t charge = 0;
    std::vector<ShareLease> leases;
};
/// \return Unsupported: no share container.  Corrupt: a broken one.
Result<ShareFacts> factsOf(const OpenShare& share);

/// Looks at every share of which the ledger does not know how a change of it ended. Before requests
/// are served; nothing may be under way.
Result<void> settlePending(FileLayer& layer, Ledger& ledger);

} // namespace tarn::storage
