#include "storage-server/share_files.h"

#include "storage-server/store_paths.h"

#include <algorithm>

namespace tarn::storage {

using share::ContainerKind;
using storage_api::ByteRange;
using storage_api::ShareKind;

namespace {

/// More leases than any honest container has; they are read at once.
constexpr std::uint64_t kMostLeaseBytes = 16 * 1024 * 1024;
Error otherKind()
{
    return Error(ErrorCode::Unsupported, "the file is not a share of this kind");
}

Result<std::uint64_t> immutableDataSize(const File& file)
{
    Bytes start(share::kImmutableContainerHeaderSize);
    TARN_TRY_VOID(file.readExactlyAt(0, start));
    TARN_TRY(const share::ImmutableContainerHeader header, share::parseImmutableHeader(start));
    TARN_TRY(const std::uint64_t fileSize, file.size());
    return share::immutableShareSize(header, fileSize);
}

Result<std::uint64_t> mutableDataSize(const File& file)
{
    Bytes start(share::kMutableContainerHeaderSize);
    TARN_TRY(const std::size_t got, file.readAt(0, start));
    start.resize(got);
    TARN_TRY(const share::MutableContainerHeader header, share::parseMutableHeader(start));
    return header.dataLength;
}

} // namespace

Result<std::set<ShareNumber>> listBucket(FileLayer& layer, const StorageIndex& index)
{
    std::set<ShareNumber> shares;
    const Result<std::vector<std::string>> names = layer.list(bucketDirectory(index));
    if (!names) {
        if (names.error().code() == ErrorCode::NotFound) return shares;
        return names.error();
    }
    for (const std::string& name : *names)
        if (const std::optional<ShareNumber> share = parseShareName(name)) shares.insert(*share);
    return shares;
}

Result<OpenShare> openShare(FileLayer& layer, const std::string& path, OpenMode mode)
{
    OpenShare share;
    TARN_TRY(share.file, File::open(layer, path, mode));
    TARN_TRY(share.fileSize, share.file.size());
    share.start.resize(share::kMutableContainerHeaderSize);
    TARN_TRY(const std::size_t got, share.file.readAt(0, share.start));
    share.start.resize(got);
    share.kind = share::containerKindOf(share.start);
    return share;
}

Result<ShareData> openShareData(FileLayer& layer, const std::string& path, ShareKind kind)
{
    ShareData data;
    TARN_TRY(data.file, File::open(layer, path, OpenMode::Read));
    if (kind == ShareKind::Immutable) {
        data.begin = share::kImmutableContainerHeaderSize;
        TARN_TRY(data.size, immutableDataSize(data.file));
    } else {
        data.begin = share::kMutableContainerHeaderSize;
        TARN_TRY(data.size, mutableDataSize(data.file));
    }
    return data;
}

Result<std::size_t> readShareData(const ShareData& data, ByteRange range, MutableByteView into)
{
    const std::uint64_t end = std::min(range.end, data.size);
    if (range.begin >= end) return std::size_t(0);
    const std::uint64_t count = std::min<std::uint64_t>(end - range.begin, into.size());
    const MutableByteView part = into.first(static_cast<std::size_t>(count));
    TARN_TRY_VOID(data.file.readExactlyAt(data.begin + range.begin, part));
    return part.size();
}

Result<std::size_t> readShareFile(FileLayer& layer, const std::string& path, ShareKind kind,
                                  ByteRange range, MutableByteView into)
{
    TARN_TRY(const ShareData data, openShareData(layer, path, kind));
    return readShareData(data, range, into);
}

Result<MutableSlot> loadMutableSlot(const OpenShare& share)
{
    if (share.kind != ContainerKind::Mutable) return otherKind();
    MutableSlot slot;
    slot.fileSize = share.fileSize;
    TARN_TRY(slot.header, share::parseMutableHeader(share.start));
    Bytes count(4);
    TARN_TRY_VOID(share.file.readExactlyAt(slot.header.extraLeases, count));
    const std::uint64_t size =
        std::uint64_t(loadBig<std::uint32_t>(count, 0)) * share::kMutableLeaseSize;
    if (size > kMostLeaseBytes) return Error(ErrorCode::Corrupt, "a container of too many leases");
    Bytes records(static_cast<std::size_t>(size));
    TARN_TRY_VOID(share.file.readExactlyAt(slot.header.extraLeases + 4, records));
    for (ByteView rest = records; !rest.empty(); rest = rest.subspan(share::kMutableLeaseSize)) {
        TARN_TRY(std::optional<share::Lease> lease,
                 share::parseMutableLease(rest.first(share::kMutableLeaseSize)));
        slot.extras.push_back(std::move(lease));
    }
    return slot;
}

Result<ImmutableLeases> loadImmutableLeases(const OpenShare& share)
{
    if (share.kind != ContainerKind::Immutable) return otherKind();
    ImmutableLeases out;
    out.fileSize = share.fileSize;
    TARN_TRY(out.header, share::parseImmutableHeader(share.start));
    TARN_TRY(const std::uint64_t size, share::immutableShareSize(out.header, share.fileSize));
    const std::uint64_t begin = share::kImmutableContainerHeaderSize + size;
    if (share.fileSize - begin > kMostLeaseBytes)
        return Error(ErrorCode::Corrupt, "a container of too many leases");
    Bytes records(static_cast<std::size_t>(share.fileSize - begin));
    TARN_TRY_VOID(share.file.readExactlyAt(begin, records));
    for (ByteView rest = records; !rest.empty(); rest = rest.subspan(share::kImmutableLeaseSize)) {
        TARN_TRY(share::Lease lease,
                 share::parseImmutableLease(rest.first(share::kImmutableLeaseSize)));
        out.leases.push_back(std::move(lease));
    }
    return out;
}

} // namespace tarn::storage
