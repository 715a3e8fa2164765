// advisories: the files in which reports of corrupt shares are kept. Blocking.
// Source: Tahoe-LAFS advise_corrupt_share (allmydata.storage.server).
#pragma once

#include "core/storage_api/share_store.h"
#include "storage-server/disk_store.h"
#include "storage-server/file_layer.h"

namespace tarn::storage {

struct AdvisoryReport
{
    storage_api::ShareKind kind = storage_api::ShareKind::Immutable;
    StorageIndex index;
    ShareNumber share;
    std::string reason;
    WallTime when;
};

/// The text of the file.
std::string advisoryText(const AdvisoryReport& report);
/// "2026-11-21T013000.123456--SSSS-NUM": UTC.
std::string advisoryName(const AdvisoryReport& report);

/// Keeps the report unless there are `most` already.
Result<void> writeAdvisory(FileLayer& layer, const AdvisoryReport& report, std::size_t most);
/// The newest `limit`, newest first.
Result<std::vector<Advisory>> readAdvisories(FileLayer& layer, std::size_t limit);

} // namespace tarn::storage
