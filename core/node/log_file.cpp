#include "core/node/log_file.h"

#include "core/base/file_descriptor.h"
#include "core/node/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace tarn::node {

namespace {

/// Standard error is that file, and too large.
bool isDue(const std::string& path, std::uint64_t mostBytes)
{
    struct stat open
    {
    };
    struct stat named
    {
    };
    if (::fstat(STDERR_FILENO, &open) != 0 || ::lstat(path.c_str(), &named) != 0) return false;
    const bool same = open.st_dev == named.st_dev && open.st_ino == named.st_ino;
    return same && S_ISREG(open.st_mode) && static_cast<std::uint64_t>(open.st_size) > mostBytes;
}

} // namespace

Result<bool> boundLogBlocking(const std::string& path, std::uint64_t mostBytes)
{
    if (!isDue(path, mostBytes)) return false;
    const std::string old = path + ".1";
    if (std::rename(path.c_str(), old.c_str()) != 0) return errnoError(errno, old);
    const FileDescriptor next(
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, kPrivateFile));
    if (!next) {
        const Error problem = errnoError(errno, path);
        std::rename(old.c_str(), path.c_str());
        return problem;
    }
    struct stat error
    {
    };
    struct stat output
    {
    };
    const bool both = ::fstat(STDERR_FILENO, &error) == 0 && ::fstat(STDOUT_FILENO, &output) == 0 &&
                      error.st_dev == output.st_dev && error.st_ino == output.st_ino;
    if (::dup2(next.get(), STDERR_FILENO) < 0) return errnoError(errno, path);
    if (both && ::dup2(next.get(), STDOUT_FILENO) < 0) return errnoError(errno, path);
    return true;
}

} // namespace tarn::node
