#include "storage-server/bucket_directories.h"

#include "storage-server/store_paths.h"

namespace tarn::storage {

Result<bool> BucketDirectories::makeOne(const std::string& path)
{
    const Result<void> made = m_layer.makeDirectory(path);
    if (made) return true;
    if (made.error().code() == ErrorCode::Conflict) return false;
    return made.error();
}

Result<void> BucketDirectories::ensure(const std::string& bucket, std::set<std::string>& toSync)
{
    const std::string prefix = parentOf(bucket);
    {
        const std::scoped_lock lock(m_mutex);
        if (!m_durablePrefixes.contains(prefix)) toSync.insert(parentOf(prefix));
    }
    toSync.insert(bucket);
    Result<bool> made = makeOne(bucket);
    if (!made && made.error().code() == ErrorCode::NotFound) {
        toSync.insert(parentOf(prefix));
        TARN_TRY_VOID(makeOne(prefix));
        made = makeOne(bucket);
    }
    if (!made) return std::move(made).error();
    if (*made) toSync.insert(prefix);
    return ok();
}

void BucketDirectories::synced(const std::set<std::string>& directories)
{
    if (!directories.contains(kSharesDirectory)) return;
    const std::scoped_lock lock(m_mutex);
    for (const std::string& directory : directories)
        if (parentOf(parentOf(directory)) == kSharesDirectory)
            m_durablePrefixes.insert(parentOf(directory));
}

void BucketDirectories::forget()
{
    const std::scoped_lock lock(m_mutex);
    m_durablePrefixes.clear();
}

void BucketDirectories::removeIfEmpty(const std::string& bucket)
{
    // Not empty, or gone already: both are fine.
    static_cast<void>(m_layer.removeDirectory(bucket));
}

Result<void> syncDirectories(FileLayer& layer, const std::set<std::string>& directories)
{
    for (const std::string& directory : directories)
        TARN_TRY_VOID(layer.syncDirectory(directory));
    return ok();
}

Result<void> ensureDirectory(FileLayer& layer, const std::string& path)
{
    const Result<void> made = layer.makeDirectory(path);
    if (!made && made.error().code() != ErrorCode::Conflict) return made.error();
    return ok();
}

Result<void> removeTree(FileLayer& layer, const std::string& path)
{
    const Result<FileInfo> info = layer.info(path);
    if (!info && info.error().code() == ErrorCode::NotFound) return ok();
    if (!info) return info.error();
    if (!info->directory) return layer.unlink(path);
    TARN_TRY(const std::vector<std::string> names, layer.list(path));
    for (const std::string& name : names)
        TARN_TRY_VOID(removeTree(layer, below(path, name)));
    return layer.removeDirectory(path);
}

} // namespace tarn::storage
