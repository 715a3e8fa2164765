// file_change: what becomes of one file of a share in a change of a mutable slot. Blocking; any
// thread of the pool.
#pragma once

#include "storage-server/file_layer.h"

#include <string>
#include <vector>

namespace tarn::storage {

/// `bytes` at `offset`, or `zeros` zero bytes there.
struct FileWrite
{
    std::uint64_t offset = 0;
    ByteView bytes;
    std::uint64_t zeros = 0;
};

struct FileChange
{
    enum class Kind {
        Edit,   ///< the file exists
        Create, ///< it does not; its bucket directory may be missing
        Remove, ///< it exists
    };
    Kind kind = Kind::Edit;
    std::string place;             ///< in a bucket directory
    std::vector<FileWrite> writes; ///< in order, later ones win; those to a hole need no zeros
    std::uint64_t size = 0;        ///< of the file afterwards
};

/// How many bytes it writes.
std::uint64_t lengthOf(const FileWrite& write);

/// Makes the file what it is afterwards; syncs nothing.
Result<void> applyWrites(const File& file, const FileChange& change);

} // namespace tarn::storage
