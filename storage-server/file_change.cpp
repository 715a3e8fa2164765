#include "storage-server/file_change.h"

#include <algorithm>

namespace tarn::storage {

namespace {

Result<void> writeZeros(const File& file, std::uint64_t offset, std::uint64_t count)
{
    static const Bytes zeros = zeroBytes(64 * 1024);
    for (std::uint64_t done = 0; done < count; done += zeros.size()) {
        const std::uint64_t size = std::min<std::uint64_t>(zeros.size(), count - done);
        TARN_TRY_VOID(
            file.writeAt(offset + done, ByteView(zeros).first(static_cast<std::size_t>(size))));
    }
    return ok();
}

} // namespace

std::uint64_t lengthOf(const FileWrite& write)
{
    return write.zeros > 0 ? write.zeros : write.bytes.size();
}

Result<void> applyWrites(const File& file, const FileChange& change)
{
    TARN_TRY(const std::uint64_t oldSize, file.size());
    if (change.size > oldSize) TARN_TRY_VOID(file.truncate(change.size));
    for (const FileWrite& write : change.writes) {
        if (write.zeros > 0) {
            TARN_TRY_VOID(writeZeros(file, write.offset, write.zeros));
        } else {
            TARN_TRY_VOID(file.writeAt(write.offset, write.bytes));
        }
    }
    if (change.size < oldSize) TARN_TRY_VOID(file.truncate(change.size));
    return ok();
}

} // namespace tarn::storage
