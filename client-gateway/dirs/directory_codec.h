// directory_codec: the children of a directory as bytes, and back. Pure, any thread.
// Source: allmydata.dirnode (_pack_normalized_children, _unpack_contents).
//   directory = entry*, sorted by name
//   entry     = ns( ns(name) || ns(read cap) || ns(sealed write cap) || ns(metadata) )
#pragma once

#include "client-gateway/dirs/directory_service.h"

#include <optional>
#include <vector>

namespace tarn::gateway {

/// Longer directories are neither read nor made.
inline constexpr std::uint64_t kMaxDirectoryBytes = std::uint64_t{64} << 20U;

/// What the directory's capability lets its holder do with the children.
struct DirectoryAccess
{
    bool isMutable = true;
    std::optional<crypto::WriteKey> writeKey;

    cap::ParseContext context() const
    {
        return isMutable ? cap::ParseContext::Anywhere : cap::ParseContext::DeepImmutable;
    }
};

/// One entry where it lies: all views go into the serialised directory.
struct RawEntry
{
    ByteView whole; ///< with its netstring's length and comma
    ByteView name;
    ByteView read;
    ByteView sealedWrite;
    ByteView metadata;
};

/// In the order of the bytes, duplicates and all. \return Corrupt: no entries, and where.
Result<std::vector<RawEntry>> scanEntries(ByteView contents);

/// \return nothing where the entry is to be overlooked: its capabilities contradict themselves or
///         may not stand in such a directory.  Corrupt: metadata that is no JSON object, a write
///         capability in an immutable directory.
Result<std::optional<DirectoryChild>> readEntry(const RawEntry& entry,
                                                const DirectoryAccess& access);

/// The last of equal names counts. \return Corrupt as above, or a name that is no UTF-8.
Result<DirectoryChildren> parseDirectory(ByteView contents, const DirectoryAccess& access);

/// \param access  of a mutable directory with its write key, or of an immutable one.
/// \param name    NFC.
/// \param child   allowed there.
void appendEntry(Bytes& to, std::string_view name, const DirectoryChild& child,
                 const DirectoryAccess& access);

/// May the child stand in the directory? \return InvalidInput beginning with Tahoe-LAFS's word
/// for it, see DirectoryService.
Result<void> checkChild(const cap::Node& node, const DirectoryAccess& access);

} // namespace tarn::gateway
