#include "core/node/files.h"

#include "core/base/file_descriptor.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <utility>

namespace tarn::node {

namespace {

Result<void> writeAll(int fd, ByteView content, const std::string& path)
{
    while (!content.empty()) {
        const ssize_t done = ::write(fd, content.data(), content.size());
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) return errnoError(errno, path);
        content = content.subspan(static_cast<std::size_t>(done));
    }
    return ok();
}

/// Fills `into` as far as the file goes. \return bytes read.
Result<std::size_t> readAll(int fd, MutableByteView into, const std::string& path)
{
    std::size_t filled = 0;
    while (filled < into.size()) {
        const ssize_t done = ::read(fd, into.data() + filled, into.size() - filled);
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) return errnoError(errno, path);
        if (done == 0) break;
        filled += static_cast<std::size_t>(done);
    }
    return filled;
}

struct OpenFile
{
    FileDescriptor fd;
    mode_t mode = 0;
};

Result<OpenFile> openRegular(const std::string& path)
{
    OpenFile out;
    out.fd.reset(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!out.fd) return errnoError(errno, path);
    struct stat info = {};
    if (::fstat(out.fd.get(), &info) != 0) return errnoError(errno, path);
    if (!S_ISREG(info.st_mode))
        return Error(ErrorCode::InvalidInput, path + ": not a regular file");
    out.mode = info.st_mode & 07777U;
    return out;
}

Error tooLarge(const std::string& path, std::size_t limit)
{
    return Error(ErrorCode::InvalidInput,
                 path + ": larger than " + std::to_string(limit) + " bytes");
}

std::string octal(mode_t mode)
{
    std::array<char, 12> text{};
    std::snprintf(text.data(), text.size(), "%04o", static_cast<unsigned>(mode));
    return text.data();
}

std::string parentOf(const std::string& path)
{
    const std::size_t slash = path.find_last_of('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

Result<void> syncFolder(const std::string& path)
{
    const FileDescriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder || ::fsync(folder.get()) != 0) return errnoError(errno, path);
    return ok();
}

Result<void> writeAndSync(const std::string& path, ByteView content, mode_t mode)
{
    const FileDescriptor file(
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode));
    if (!file) return errnoError(errno, path);
    TARN_TRY_VOID(writeAll(file.get(), content, path));
    if (::fchmod(file.get(), mode) != 0) return errnoError(errno, path);
    if (::fsync(file.get()) != 0) return errnoError(errno, path);
    return ok();
}

} // namespace

Result<Bytes> readFileBlocking(const std::string& path, std::size_t limit)
{
    TARN_TRY(const OpenFile file, openRegular(path));
    Bytes out(limit + 1);
    TARN_TRY(const std::size_t size, readAll(file.fd.get(), out, path));
    if (size > limit) return tooLarge(path, limit);
    out.resize(size);
    return out;
}

Result<Secret> readPrivateFileBlocking(const std::string& path, std::size_t limit)
{
    TARN_TRY(const OpenFile file, openRegular(path));
    if ((file.mode & 077U) != 0) {
        return Error(ErrorCode::InvalidInput, path + ": mode " + octal(file.mode) +
                                                  " lets others at it; chmod 600 it, and make a "
                                                  "new one if others may have read it");
    }
    Secret buffer = zeroSecret(limit + 1);
    TARN_TRY(const std::size_t size, readAll(file.fd.get(), buffer.mutableView(), path));
    if (size > limit) return tooLarge(path, limit);
    return Secret(buffer.view().first(size));
}

Result<void> writeFileBlocking(const std::string& path, ByteView content, mode_t mode)
{
    const std::string temporary = path + ".new";
    if (::unlink(temporary.c_str()) != 0 && errno != ENOENT) return errnoError(errno, temporary);
    Result<void> written = writeAndSync(temporary, content, mode);
    if (written && ::rename(temporary.c_str(), path.c_str()) != 0)
        written = errnoError(errno, path);
    if (!written) {
        ::unlink(temporary.c_str());
        return written;
    }
    return syncFolder(parentOf(path));
}

Result<void> makeFolderBlocking(const std::string& path, mode_t mode)
{
    if (::mkdir(path.c_str(), mode) == 0) return ok();
    if (errno == ENOENT && path.find('/') != std::string::npos && parentOf(path) != path) {
        TARN_TRY_VOID(makeFolderBlocking(parentOf(path), mode));
        if (::mkdir(path.c_str(), mode) == 0) return ok();
    }
    if (errno != EEXIST) return errnoError(errno, path);
    struct stat info = {};
    if (::stat(path.c_str(), &info) != 0) return errnoError(errno, path);
    if (!S_ISDIR(info.st_mode)) return Error(ErrorCode::InvalidInput, path + ": not a folder");
    return ok();
}

bool existsBlocking(const std::string& path)
{
    struct stat info = {};
    return ::lstat(path.c_str(), &info) == 0;
}

} // namespace tarn::node
