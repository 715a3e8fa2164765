// redo_record: the bytes of a redo journal: what is to be written to which files, with one checksum
// over all of it. Pure. Format: storage-server/README.md.
#pragma once

#include "storage-server/file_change.h"

namespace tarn::storage {

inline constexpr std::size_t kRedoIdSize = 32;
/// Longer ones are none.
inline constexpr std::size_t kLongestRedo = 4 * 1024 * 1024;

/// \param id       unique among all journals ever: what an older one left in the same file must
///                 not complete a newer one.
/// \param changes  each an Edit.
Bytes encodeRedo(ByteView id, const std::vector<FileChange>& changes);
/// How long encodeRedo() would make it.
std::uint64_t lengthOfRedo(const std::vector<FileChange>& changes);
/// Head and body with the checksum that belongs to them.
Bytes sealRedo(Bytes headAndBody);
/// The bytes of the changes are views into `journal`, which may be longer.
/// \return Corrupt: this is no whole journal.
Result<std::vector<FileChange>> decodeRedo(ByteView journal);

} // namespace tarn::storage
