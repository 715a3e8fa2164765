// bucket_directories: makes the directories of shares and knows which of them need a sync before
// a share in them counts as durable. Blocking; any thread of the pool.
#pragma once

#include "storage-server/file_layer.h"

#include <mutex>
#include <set>
#include <string>

namespace tarn::storage {

class BucketDirectories
{
public:
    explicit BucketDirectories(FileLayer& layer) : m_layer(layer) {}

    /// Makes `bucket` ("shares/PP/SSSS") and its parent if they are missing.
    /// \param toSync  gains every directory that must be synced before a name made in `bucket`
    ///                is durable, `bucket` itself included; also when this fails half-way.
    Result<void> ensure(const std::string& bucket, std::set<std::string>& toSync);
    /// Tells that the directories were synced.
    void synced(const std::set<std::string>& directories);
    /// After a failed sync or a vanished volume nothing is known to be durable.
    void forget();
    /// Removes `bucket` if it is empty; the prefix directory stays.
    void removeIfEmpty(const std::string& bucket);

private:
    Result<bool> makeOne(const std::string& path);

    FileLayer& m_layer;
    std::mutex m_mutex;
    std::set<std::string> m_durablePrefixes; ///< at most 1024
};

/// Syncs each; stops at the first failure.
Result<void> syncDirectories(FileLayer& layer, const std::set<std::string>& directories);
/// Makes `path`; an existing one is fine.
Result<void> ensureDirectory(FileLayer& layer, const std::string& path);
/// Removes a file or a directory with everything in it; an absent one is fine.
Result<void> removeTree(FileLayer& layer, const std::string& path);

} // namespace tarn::storage
