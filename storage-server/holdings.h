// holdings: the shares below one prefix, their sizes, and whose leases they have. Blocking.
#pragma once

#include "storage-server/disk_store.h"
#include "storage-server/ledger.h"

namespace tarn::storage {

/// In the order of their storage indexes and numbers. \param ledger  null: nobody's.
Result<std::vector<ShareHolding>> listHoldings(FileLayer& layer, Ledger* ledger, unsigned prefix);

} // namespace tarn::storage
