#include "core/base/file_descriptor.h"

#include <unistd.h>

namespace tarn {

void FileDescriptor::reset(int fd)
{
    if (m_fd >= 0) ::close(m_fd);
    m_fd = fd;
}

} // namespace tarn
