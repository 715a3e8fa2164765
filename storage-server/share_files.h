// share_files: finding and reading share files of both kinds and versions. Blocking.
#pragma once

#include "core/share/immutable_container.h"
#include "core/share/mutable_container.h"
#include "core/storage_api/share_store.h"
#include "storage-server/file_layer.h"

#include <optional>
#include <set>

namespace tarn::storage {

/// The share numbers below `index`, whatever the files are; none when there is no bucket.
Result<std::set<ShareNumber>> listBucket(FileLayer& layer, const StorageIndex& index);

/// An open share file and what it says of itself.
struct OpenShare
{
    File file;
    std::uint64_t fileSize = 0;
    Bytes start; ///< the first bytes, as many as a mutable header has, fewer in a small file
    share::ContainerKind kind = share::ContainerKind::Unknown;
};
/// \return NotFound: no such file.
Result<OpenShare> openShare(FileLayer& layer, const std::string& path, OpenMode mode);

/// A share file that is open for reading, and where its data are in it. Leases and what lies
/// behind the data can not be read.
struct ShareData
{
    File file;
    std::uint64_t begin = 0;
    std::uint64_t size = 0;
};
/// \return Unsupported: a share of the other kind, or no share at all.  NotFound: no such file.
Result<ShareData> openShareData(FileLayer& layer, const std::string& path,
                                storage_api::ShareKind kind);
/// As many bytes as there are in `range` and go into `into`.
Result<std::size_t> readShareData(const ShareData& data, storage_api::ByteRange range,
                                  MutableByteView into);
/// As ShareStore::readShare, both in one.
Result<std::size_t> readShareFile(FileLayer& layer, const std::string& path,
                                  storage_api::ShareKind kind, storage_api::ByteRange range,
                                  MutableByteView into);

/// A mutable container without its data.
struct MutableSlot
{
    share::MutableContainerHeader header;
    std::vector<std::optional<share::Lease>> extras; ///< leases behind the data; gaps are free
    std::uint64_t fileSize = 0;
};
/// \return Unsupported: not a mutable container.  Corrupt: lengths do not fit together.
Result<MutableSlot> loadMutableSlot(const OpenShare& share);

/// The leases of an immutable container.
struct ImmutableLeases
{
    share::ImmutableContainerHeader header;
    std::vector<share::Lease> leases;
    std::uint64_t fileSize = 0;
};
/// \return as loadMutableSlot().
Result<ImmutableLeases> loadImmutableLeases(const OpenShare& share);

} // namespace tarn::storage
