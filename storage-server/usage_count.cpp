#include "storage-server/usage_count.h"

#include "core/codec/base32.h"
#include "storage-server/store_paths.h"

#include <charconv>

namespace tarn::storage {

namespace {

bool isNotFound(const Error& error)
{
    return error.code() == ErrorCode::NotFound;
}

/// The sizes of the shares in one bucket, which may go while this looks.
Result<void> countBucket(FileLayer& layer, const std::string& bucket, PrefixUsage& usage)
{
    const Result<std::vector<std::string>> names = layer.list(bucket);
    if (!names) {
        // Gone meanwhile, or no directory at all.
        const Result<FileInfo> info = layer.info(bucket);
        const bool gone = info ? !info->directory : isNotFound(info.error());
        return gone ? ok() : Result<void>(names.error());
    }
    for (const std::string& name : *names) {
        if (!parseShareName(name)) continue;
        const Result<FileInfo> info = layer.info(below(bucket, name));
        if (!info && !isNotFound(info.error())) return info.error();
        if (!info || info->directory) continue;
        usage.bytes += info->size;
        ++usage.files;
    }
    return ok();
}

} // namespace

Result<PrefixUsage> countPrefix(FileLayer& layer, unsigned prefix)
{
    PrefixUsage usage;
    const std::string directory = below(kSharesDirectory, prefixName(prefix));
    const Result<std::vector<std::string>> names = layer.list(directory);
    if (!names && isNotFound(names.error())) return usage;
    if (!names) return names.error();
    for (const std::string& name : *names)
        TARN_TRY_VOID(countBucket(layer, below(directory, name), usage));
    return usage;
}

Result<std::vector<StorageIndex>> listPrefix(FileLayer& layer, unsigned prefix)
{
    std::vector<StorageIndex> out;
    const Result<std::vector<std::string>> names =
        layer.list(below(kSharesDirectory, prefixName(prefix)));
    if (!names && isNotFound(names.error())) return out;
    if (!names) return names.error();
    for (const std::string& name : *names) {
        const Result<Bytes> bytes = codec::decodeBase32(name);
        if (!bytes) continue;
        const Result<StorageIndex> index = StorageIndex::from(*bytes);
        if (index && prefixNumber(*index) == prefix) out.push_back(*index);
    }
    return out;
}

Result<void> saveUsage(FileLayer& layer, std::uint64_t bytes)
{
    static_cast<void>(layer.unlink(kUsageFile));
    TARN_TRY(const File file, File::open(layer, kUsageFile, OpenMode::Create));
    const std::string text = std::to_string(bytes) + "\n";
    TARN_TRY_VOID(file.writeAt(0, asBytes(text)));
    TARN_TRY_VOID(file.sync());
    return layer.syncDirectory("");
}

Result<std::optional<std::uint64_t>> takeUsage(FileLayer& layer)
{
    Bytes bytes(32);
    {
        const Result<File> file = File::open(layer, kUsageFile, OpenMode::Read);
        if (!file && isNotFound(file.error())) return std::optional<std::uint64_t>();
        if (!file) return file.error();
        TARN_TRY(const std::size_t got, file->readAt(0, bytes));
        bytes.resize(got);
    }
    TARN_TRY_VOID(layer.unlink(kUsageFile));
    TARN_TRY_VOID(layer.syncDirectory(""));
    const std::string_view text = asText(bytes);
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = error == std::errc() && end == text.data() + text.size() - 1 && *end == '\n';
    return whole ? std::optional<std::uint64_t>(value) : std::nullopt;
}

} // namespace tarn::storage
