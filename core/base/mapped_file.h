// mapped_file: the bytes of an open file as memory, for reading only.
#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"

namespace tarn {

/// The descriptor may be closed meanwhile; nobody may shorten the file.
class MappedFile
{
public:
    MappedFile() = default;
    /// \param size  of the file, at most. 0: nothing is mapped.  \return IoFailure.
    static Result<MappedFile> ofBlocking(int file, std::size_t size);
    ~MappedFile();
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;
    MappedFile(MappedFile&& other) noexcept;
    MappedFile& operator=(MappedFile&& other) noexcept;

    explicit operator bool() const { return m_at != nullptr; }
    ByteView view() const { return ByteView(static_cast<const std::byte*>(m_at), m_size); }
    /// Pages of a mapping count as this process's memory once looked at: gives them back. The
    /// bytes stay, whoever reads them at the same time only waits a little.
    void dropPages() const;

private:
    void* m_at = nullptr;
    std::size_t m_size = 0;
};

} // namespace tarn
