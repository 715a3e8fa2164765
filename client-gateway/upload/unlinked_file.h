// unlinked_file: a file that no directory lists and that goes with its last user.
#pragma once

#include "core/base/bytes.h"
#include "core/base/mapped_file.h"
#include "core/base/result.h"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>

namespace tarn::gateway {

/// Its calls block. Several threads may use different parts.
class UnlinkedFile
{
public:
    /// \return NotFound, IoFailure, NoSpace: as the disk says.
    static Result<std::shared_ptr<UnlinkedFile>> makeBlocking(const std::filesystem::path& folder);

    explicit UnlinkedFile(int descriptor) : m_descriptor(descriptor) {}
    ~UnlinkedFile(); ///< takes its time for a large one
    UnlinkedFile(const UnlinkedFile&) = delete;
    UnlinkedFile& operator=(const UnlinkedFile&) = delete;

    Result<void> writeBlocking(std::uint64_t offset, ByteView data);
    /// All of `into`. \return IoFailure, also where nothing was written yet.
    Result<void> readBlocking(std::uint64_t offset, MutableByteView into) const;

    /// Its first `size` bytes, all of which were written.  \return IoFailure.
    Result<MappedFile> mapBlocking(std::uint64_t size) const;

    /// Bytes of disk, at most. Any thread.
    std::uint64_t size() const { return m_size; }

private:
    int m_descriptor;
    std::atomic<std::uint64_t> m_size = 0;
};

} // namespace tarn::gateway
