// usage_count: how many bytes the share files take: by looking, and as the last clean stop left
// it. Blocking.
#pragma once

#include "core/base/ids.h"
#include "storage-server/file_layer.h"

#include <optional>

namespace tarn::storage {

struct PrefixUsage
{
    std::uint64_t bytes = 0;
    std::uint64_t files = 0;
};
/// Of one of the 1024 prefix directories.
Result<PrefixUsage> countPrefix(FileLayer& layer, unsigned prefix);

/// The storage indexes below it.
Result<std::vector<StorageIndex>> listPrefix(FileLayer& layer, unsigned prefix);

/// Leaves the total for the next start.
Result<void> saveUsage(FileLayer& layer, std::uint64_t bytes);
/// Takes what saveUsage() left, once: a crash must not find it again.
/// \return none: there is none, or it is not readable.
Result<std::optional<std::uint64_t>> takeUsage(FileLayer& layer);

} // namespace tarn::storage
