#include "core/base/mapped_file.h"

#include <sys/mman.h>

#include <cerrno>
#include <utility>

namespace tarn {

Result<MappedFile> MappedFile::ofBlocking(int file, std::size_t size)
{
    MappedFile out;
    if (size == 0) return out;
    void* const at = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file, 0);
    if (at == MAP_FAILED) return errnoError(errno, "map a file");
    out.m_at = at;
    out.m_size = size;
    return out;
}

MappedFile::~MappedFile()
{
    if (m_at != nullptr) ::munmap(m_at, m_size);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : m_at(std::exchange(other.m_at, nullptr)), m_size(std::exchange(other.m_size, 0))
{
}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept
{
    std::swap(m_at, other.m_at);
    std::swap(m_size, other.m_size);
    return *this;
}

void MappedFile::dropPages() const
{
    if (m_at != nullptr) ::madvise(m_at, m_size, MADV_DONTNEED);
}

} // namespace tarn
