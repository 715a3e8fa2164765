#include "client-gateway/upload/unlinked_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

namespace tarn::gateway {

namespace {

/// For filesystems without O_TMPFILE.
int openAndUnlink(const std::filesystem::path& folder)
{
    std::string path = (folder / "spool-XXXXXX").string();
    const int descriptor = ::mkostemp(path.data(), O_CLOEXEC);
    if (descriptor >= 0) ::unlink(path.c_str());
    return descriptor;
}

} // namespace

Result<std::shared_ptr<UnlinkedFile>>
UnlinkedFile::makeBlocking(const std::filesystem::path& folder)
{
    int descriptor = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (descriptor < 0 && errno != ENOSPC && errno != EDQUOT && errno != EROFS)
        descriptor = openAndUnlink(folder);
    if (descriptor < 0) return errnoError(errno, "spool file");
    return std::make_shared<UnlinkedFile>(descriptor);
}

UnlinkedFile::~UnlinkedFile()
{
    ::close(m_descriptor);
}

Result<void> UnlinkedFile::writeBlocking(std::uint64_t offset, ByteView data)
{
    const std::uint64_t end = offset + data.size();
    std::uint64_t known = m_size;
    while (known < end && !m_size.compare_exchange_weak(known, end)) {
    }
    while (!data.empty()) {
        const ssize_t wrote =
            ::pwrite(m_descriptor, data.data(), data.size(), static_cast<off_t>(offset));
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote <= 0) return errnoError(wrote == 0 ? ENOSPC : errno, "spool file");
        data = data.subspan(static_cast<std::size_t>(wrote));
        offset += static_cast<std::uint64_t>(wrote);
    }
    return ok();
}

Result<void> UnlinkedFile::readBlocking(std::uint64_t offset, MutableByteView into) const
{
    while (!into.empty()) {
        const ssize_t got =
            ::pread(m_descriptor, into.data(), into.size(), static_cast<off_t>(offset));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return errnoError(got == 0 ? EIO : errno, "spool file");
        into = into.subspan(static_cast<std::size_t>(got));
        offset += static_cast<std::uint64_t>(got);
    }
    return ok();
}

Result<MappedFile> UnlinkedFile::mapBlocking(std::uint64_t size) const
{
    return MappedFile::ofBlocking(m_descriptor, static_cast<std::size_t>(size));
}

} // namespace tarn::gateway
