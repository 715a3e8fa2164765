#include "storage-server/file_layer.h"

#include "storage-server/store_paths.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <utility>

namespace tarn::storage {

Error fileError(int errnoValue, std::string_view what)
{
    Error error = errnoError(errnoValue, what);
    if (errnoValue == EEXIST || errnoValue == ENOTEMPTY)
        return Error(ErrorCode::Conflict, error.message());
    if (errnoValue == EFBIG) return Error(ErrorCode::NoSpace, error.message());
    return error;
}

namespace {

Error lastError(std::string_view what)
{
    return fileError(errno, what);
}

Error lastError(std::string_view what, const std::string& path)
{
    const int failed = errno;
    std::string text(what);
    text += ' ';
    text += shownPath(path);
    return fileError(failed, text);
}

/// Where an open file lies; empty where that cannot be told.
std::string pathOf(int openFile)
{
    std::array<char, 4096> path{};
    const std::string link = "/proc/self/fd/" + std::to_string(openFile);
    const ssize_t size = ::readlink(link.c_str(), path.data(), path.size());
    return size <= 0 ? std::string() : std::string(path.data(), static_cast<std::size_t>(size));
}

/// Of what lies elsewhere, its name alone.
std::string relativeTo(const std::string& root, const std::string& path)
{
    if (!root.empty() && path.starts_with(root + "/")) return path.substr(root.size() + 1);
    return path.substr(path.rfind('/') + 1);
}

Result<void> outcome(int returned, std::string_view what)
{
    if (returned != 0) return lastError(what);
    return ok();
}

Result<void> outcome(int returned, std::string_view what, const std::string& path)
{
    if (returned != 0) return lastError(what, path);
    return ok();
}

/// Calls again as long as a signal interrupts.
template <class Call>
auto uninterrupted(Call call)
{
    auto returned = call();
    while (returned < 0 && errno == EINTR)
        returned = call();
    return returned;
}

class PosixFileLayer : public FileLayer
{
public:
    explicit PosixFileLayer(std::string root) : m_rootPath(std::move(root)) {}
    ~PosixFileLayer() override
    {
        if (m_root >= 0) ::close(m_root);
    }
    PosixFileLayer(const PosixFileLayer&) = delete;
    PosixFileLayer& operator=(const PosixFileLayer&) = delete;

    Result<void> attach() override
    {
        const int root = ::open(m_rootPath.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (root < 0) return lastError("open the storage directory");
        if (m_root < 0) {
            m_root = root;
            return ok();
        }
        // Calls under way on other threads see the old directory or the new one.
        const int replaced = ::dup3(root, m_root, O_CLOEXEC);
        ::close(root);
        return outcome(replaced == m_root ? 0 : -1, "open the storage directory");
    }

    Result<void> makeRoot() override
    {
        TARN_TRY_VOID(outcome(::mkdir(m_rootPath.c_str(), 0777), "make the storage directory"));
        const std::string above = m_rootPath + "/..";
        const int parent = ::open(above.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (parent < 0) return lastError("open a directory");
        Result<void> synced = outcome(::fsync(parent), "fsync of a directory");
        ::close(parent);
        return synced;
    }

    bool rootInPlace() override
    {
        struct stat byPath = {};
        struct stat opened = {};
        if (::stat(m_rootPath.c_str(), &byPath) != 0) return false;
        if (::fstat(m_root, &opened) != 0) return false;
        return byPath.st_dev == opened.st_dev && byPath.st_ino == opened.st_ino &&
               opened.st_nlink > 0;
    }

    Result<int> openFile(const std::string& path, OpenMode mode) override
    {
        int flags = O_CLOEXEC | O_NOFOLLOW;
        if (mode == OpenMode::Read) flags |= O_RDONLY;
        if (mode == OpenMode::ReadWrite) flags |= O_RDWR;
        if (mode == OpenMode::Create) flags |= O_RDWR | O_CREAT | O_EXCL;
        const int file = uninterrupted([&] { return ::openat(m_root, path.c_str(), flags, 0666); });
        if (file < 0) return lastError("open", path);
        return file;
    }

    void closeFile(int file) noexcept override { ::close(file); }

    Result<std::size_t> readAt(int file, std::uint64_t offset, MutableByteView into) override
    {
        std::size_t done = 0;
        while (done < into.size()) {
            const ssize_t got = uninterrupted([&] {
                return ::pread(file, into.data() + done, into.size() - done,
                               static_cast<off_t>(offset + done));
            });
            if (got < 0) return lastErrorOf("read", file);
            if (got == 0) break;
            done += static_cast<std::size_t>(got);
        }
        return done;
    }

    Result<void> writeAt(int file, std::uint64_t offset, std::span<const ByteView> pieces) override
    {
        std::vector<iovec> rest;
        for (const ByteView piece : pieces)
            if (!piece.empty())
                rest.push_back({const_cast<std::byte*>(piece.data()), piece.size()});
        std::span<iovec> left = rest;
        while (!left.empty()) {
            const int count = static_cast<int>(std::min<std::size_t>(left.size(), 64));
            const ssize_t put = uninterrupted(
                [&] { return ::pwritev(file, left.data(), count, static_cast<off_t>(offset)); });
            if (put < 0) return lastErrorOf("write", file);
            offset += static_cast<std::uint64_t>(put);
            left = withoutFirst(left, static_cast<std::size_t>(put));
        }
        return ok();
    }

    Result<std::uint64_t> sizeOf(int file) override
    {
        struct stat status = {};
        if (::fstat(file, &status) != 0) return lastErrorOf("stat", file);
        return static_cast<std::uint64_t>(status.st_size);
    }

    Result<MappedFile> map(int file, std::uint64_t size) override
    {
        return MappedFile::ofBlocking(file, static_cast<std::size_t>(size));
    }

    Result<void> truncate(int file, std::uint64_t size) override
    {
        const int done = uninterrupted([&] { return ::ftruncate(file, static_cast<off_t>(size)); });
        if (done != 0) return lastErrorOf("truncate", file);
        return ok();
    }

    // Not called again when a signal interrupts it: a sync that did not succeed has failed.
    Result<void> syncFile(int file) override
    {
        if (::fsync(file) != 0) return lastErrorOf("fsync", file);
        return ok();
    }

    void startWriteback(int file, std::uint64_t offset, std::uint64_t size) noexcept override
    {
        ::sync_file_range(file, static_cast<off_t>(offset), static_cast<off_t>(size),
                          SYNC_FILE_RANGE_WRITE);
    }

    Result<void> syncDirectory(const std::string& path) override
    {
        if (path.empty()) return outcome(::fsync(m_root), "fsync of a directory");
        const int directory =
            ::openat(m_root, path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        if (directory < 0) return lastError("open", path);
        Result<void> synced = outcome(::fsync(directory), "fsync", path);
        ::close(directory);
        return synced;
    }

    Result<void> syncAll() override { return outcome(::syncfs(m_root), "syncfs"); }

    bool syncAllCovers(const std::string& path) override
    {
        struct stat file = {};
        struct stat root = {};
        return ::stat(path.c_str(), &file) == 0 && ::fstat(m_root, &root) == 0 &&
               file.st_dev == root.st_dev;
    }

    Result<void> rename(const std::string& from, const std::string& to, RenameMode mode) override
    {
        unsigned flags = 0;
        if (mode == RenameMode::NoReplace) flags = RENAME_NOREPLACE;
        if (mode == RenameMode::Exchange) flags = RENAME_EXCHANGE;
        return outcome(::renameat2(m_root, from.c_str(), m_root, to.c_str(), flags), "rename", to);
    }

    Result<void> unlink(const std::string& path) override
    {
        return outcome(::unlinkat(m_root, path.c_str(), 0), "unlink", path);
    }

    Result<void> makeDirectory(const std::string& path) override
    {
        return outcome(::mkdirat(m_root, path.c_str(), 0777), "make", path);
    }

    Result<void> removeDirectory(const std::string& path) override
    {
        return outcome(::unlinkat(m_root, path.c_str(), AT_REMOVEDIR), "remove", path);
    }

    Result<std::vector<std::string>> list(const std::string& path) override
    {
        const int directory = ::openat(m_root, path.empty() ? "." : path.c_str(),
                                       O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        if (directory < 0) return lastError("open", path);
        DIR* const stream = ::fdopendir(directory);
        if (stream == nullptr) {
            const Error error = lastError("read", path);
            ::close(directory);
            return error;
        }
        std::vector<std::string> names;
        errno = 0;
        while (const dirent* const entry = ::readdir(stream)) {
            const std::string_view name = entry->d_name;
            if (name != "." && name != "..") names.emplace_back(name);
            errno = 0;
        }
        const int failed = errno;
        ::closedir(stream);
        if (failed != 0) return fileError(failed, "read " + shownPath(path));
        return names;
    }

    Result<FileInfo> info(const std::string& path) override
    {
        struct stat status = {};
        if (::fstatat(m_root, path.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
            return lastError("stat", path);
        return FileInfo{static_cast<std::uint64_t>(status.st_size), S_ISDIR(status.st_mode)};
    }

    Result<std::uint64_t> freeSpace() override
    {
        struct statvfs status = {};
        if (::fstatvfs(m_root, &status) != 0) return lastError("statvfs");
        return static_cast<std::uint64_t>(status.f_frsize) *
               static_cast<std::uint64_t>(status.f_bavail);
    }

    Result<void> lock(int file) override
    {
        if (::flock(file, LOCK_EX | LOCK_NB) == 0) return ok();
        if (errno == EWOULDBLOCK) return Error(ErrorCode::Conflict, "lock: held by another");
        return lastErrorOf("lock", file);
    }

    int root() const { return m_root; }

private:
    Error lastErrorOf(std::string_view what, int openFile) const
    {
        const int failed = errno;
        const std::string path = pathOf(openFile);
        const std::string root = pathOf(m_root);
        errno = failed;
        return path.empty() ? lastError(what) : lastError(what, relativeTo(root, path));
    }
    static std::span<iovec> withoutFirst(std::span<iovec> pieces, std::size_t bytes)
    {
        while (!pieces.empty() && bytes >= pieces.front().iov_len) {
            bytes -= pieces.front().iov_len;
            pieces = pieces.subspan(1);
        }
        if (!pieces.empty()) {
            pieces.front().iov_base = static_cast<char*>(pieces.front().iov_base) + bytes;
            pieces.front().iov_len -= bytes;
        }
        return pieces;
    }

    std::string m_rootPath;
    int m_root = -1;
};

/// Opens and reads files of another layer, as far as names and bytes are in memory. One thread.
class CachedFiles final : public PosixFileLayer
{
public:
    /// `files` outlives this.
    explicit CachedFiles(const PosixFileLayer& files)
        : PosixFileLayer(std::string()), m_files(files)
    {
    }

    Result<int> openFile(const std::string& path, OpenMode mode) override
    {
        if (mode != OpenMode::Read || !m_able) return unable();
        open_how how = {};
        how.flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW;
        how.resolve = RESOLVE_CACHED;
        const long file = ::syscall(SYS_openat2, m_files.root(), path.c_str(), &how, sizeof how);
        if (file >= 0) return static_cast<int>(file);
        m_able = errno != ENOSYS && errno != EINVAL && errno != EPERM;
        return unable();
    }

    Result<std::size_t> readAt(int file, std::uint64_t offset, MutableByteView into) override
    {
        std::size_t done = 0;
        while (done < into.size()) {
            const iovec room{into.data() + done, into.size() - done};
            const ssize_t got =
                ::preadv2(file, &room, 1, static_cast<off_t>(offset + done), RWF_NOWAIT);
            if (got < 0 && errno == EOPNOTSUPP) m_able = false;
            if (got < 0) return unable();
            if (got == 0) break;
            done += static_cast<std::size_t>(got);
        }
        return done;
    }

private:
    static Error unable() { return Error(ErrorCode::Unsupported, "not in memory"); }

    const PosixFileLayer& m_files;
    bool m_able = true; ///< the kernel and the file system can tell
};

class WholeFileLayer final : public PosixFileLayer
{
public:
    using PosixFileLayer::PosixFileLayer;
    FileLayer* withoutWaiting() override { return &m_cached; }

private:
    CachedFiles m_cached{*this};
};

} // namespace

std::unique_ptr<FileLayer> makePosixFileLayer(std::string rootDirectory)
{
    return std::make_unique<WholeFileLayer>(std::move(rootDirectory));
}

File::File(File&& other) noexcept
    : m_layer(std::exchange(other.m_layer, nullptr)), m_file(std::exchange(other.m_file, -1))
{
}

File& File::operator=(File&& other) noexcept
{
    if (this != &other) {
        close();
        m_layer = std::exchange(other.m_layer, nullptr);
        m_file = std::exchange(other.m_file, -1);
    }
    return *this;
}

Result<File> File::open(FileLayer& layer, const std::string& path, OpenMode mode)
{
    TARN_TRY(const int file, layer.openFile(path, mode));
    return File(layer, file);
}

void File::close() noexcept
{
    if (m_layer != nullptr) m_layer->closeFile(m_file);
    m_layer = nullptr;
    m_file = -1;
}

Result<std::size_t> File::readAt(std::uint64_t offset, MutableByteView into) const
{
    return m_layer->readAt(m_file, offset, into);
}

Result<void> File::readExactlyAt(std::uint64_t offset, MutableByteView into) const
{
    TARN_TRY(const std::size_t got, readAt(offset, into));
    if (got != into.size()) return Error(ErrorCode::Corrupt, "the file ends early");
    return ok();
}

Result<void> File::writeAt(std::uint64_t offset, ByteView bytes) const
{
    const std::array<ByteView, 1> pieces{bytes};
    return m_layer->writeAt(m_file, offset, pieces);
}

Result<void> File::writePiecesAt(std::uint64_t offset, std::span<const ByteView> pieces) const
{
    return m_layer->writeAt(m_file, offset, pieces);
}

} // namespace tarn::storage
