// file_layer: the POSIX file operations the store uses, below one root directory. The seam at
// which tests fail any operation, record all of them, or stop the world between two.
// Every call blocks: disk pool only, save those of withoutWaiting(). Thread-safe.
#pragma once

#include "core/base/bytes.h"
#include "core/base/mapped_file.h"
#include "core/base/result.h"

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace tarn::storage {

enum class OpenMode {
    Read,
    ReadWrite,
    Create, ///< read and write; Conflict when the name exists
};

enum class RenameMode {
    Replace,   ///< the target, if any, is replaced
    NoReplace, ///< Conflict when the target exists
    Exchange,  ///< both exist and swap their names
};

struct FileInfo
{
    std::uint64_t size = 0;
    bool directory = false;
};

/// Paths are relative to the root and never leave it. Errors name their file for the operator's
/// log, relative to the root and with a short id for the storage index; they are not for clients.
/// NotFound (ENOENT), Conflict (EEXIST, ENOTEMPTY), NoSpace (ENOSPC, EDQUOT, EFBIG), IoFailure (all
/// else).
class FileLayer
{
public:
    virtual ~FileLayer() = default;

    /// Opens the root directory; also again, after it vanished and came back.
    /// \return NotFound: there is none.
    virtual Result<void> attach() = 0;
    /// Makes the root directory itself, durably; its parent must exist.
    virtual Result<void> makeRoot() = 0;
    /// Whether the root's path still leads to the directory that attach() opened.
    virtual bool rootInPlace() = 0;

    virtual Result<int> openFile(const std::string& path, OpenMode mode) = 0;
    virtual void closeFile(int file) noexcept = 0;
    /// As many bytes as there are, up to the size of `into`.
    virtual Result<std::size_t> readAt(int file, std::uint64_t offset, MutableByteView into) = 0;
    /// All pieces, one after the other.
    virtual Result<void> writeAt(int file, std::uint64_t offset,
                                 std::span<const ByteView> pieces) = 0;
    virtual Result<std::uint64_t> sizeOf(int file) = 0;
    /// Its first `size` bytes, which it has. They follow what is written later.
    virtual Result<MappedFile> map(int file, std::uint64_t size) = 0;
    virtual Result<void> truncate(int file, std::uint64_t size) = 0;
    /// fsync: data, size and everything else of the file.
    virtual Result<void> syncFile(int file) = 0;
    /// Asks the kernel to start writing; promises nothing.
    virtual void startWriteback(int file, std::uint64_t offset, std::uint64_t size) noexcept = 0;
    /// fsync of a directory: its names are on disk. "" is the root.
    virtual Result<void> syncDirectory(const std::string& path) = 0;
    /// syncfs: everything written below the root (and elsewhere on that file system).
    virtual Result<void> syncAll() = 0;
    /// Whether syncAll() covers the file at `path`, which may lie anywhere.
    virtual bool syncAllCovers(const std::string& path) = 0;

    virtual Result<void> rename(const std::string& from, const std::string& to,
                                RenameMode mode) = 0;
    virtual Result<void> unlink(const std::string& path) = 0;
    virtual Result<void> makeDirectory(const std::string& path) = 0;
    virtual Result<void> removeDirectory(const std::string& path) = 0;
    /// Names without "." and "..", in no order.
    virtual Result<std::vector<std::string>> list(const std::string& path) = 0;
    virtual Result<FileInfo> info(const std::string& path) = 0;
    /// Bytes that an unprivileged process could still write (f_bavail).
    virtual Result<std::uint64_t> freeSpace() = 0;
    /// Takes the file's exclusive lock, held until it is closed. Conflict: someone has it.
    virtual Result<void> lock(int file) = 0;

    /// The same files for reading on the engine: openFile() and readAt() fail, with any error,
    /// where they would have to wait for the disk. nullptr: there is no such thing here.
    virtual FileLayer* withoutWaiting() { return nullptr; }
};

/// The real thing. Nothing is opened before attach().
std::unique_ptr<FileLayer> makePosixFileLayer(std::string rootDirectory);

/// errno as the errors of FileLayer. \param what  the operation and its file.
Error fileError(int errnoValue, std::string_view what);

/// An open file; closes itself.
class File
{
public:
    File() = default;
    File(FileLayer& layer, int file) : m_layer(&layer), m_file(file) {}
    ~File() { close(); }
    File(File&& other) noexcept;
    File& operator=(File&& other) noexcept;

    static Result<File> open(FileLayer& layer, const std::string& path, OpenMode mode);

    explicit operator bool() const { return m_layer != nullptr; }
    void close() noexcept;
    Result<std::size_t> readAt(std::uint64_t offset, MutableByteView into) const;
    /// \return Corrupt: the file ends before.
    Result<void> readExactlyAt(std::uint64_t offset, MutableByteView into) const;
    Result<void> writeAt(std::uint64_t offset, ByteView bytes) const;
    Result<void> writePiecesAt(std::uint64_t offset, std::span<const ByteView> pieces) const;
    Result<std::uint64_t> size() const { return m_layer->sizeOf(m_file); }
    Result<MappedFile> map(std::uint64_t size) const { return m_layer->map(m_file, size); }
    Result<void> truncate(std::uint64_t size) const { return m_layer->truncate(m_file, size); }
    Result<void> sync() const { return m_layer->syncFile(m_file); }
    Result<void> lock() const { return m_layer->lock(m_file); }
    void startWriteback(std::uint64_t offset, std::uint64_t size) const noexcept
    {
        m_layer->startWriteback(m_file, offset, size);
    }

private:
    FileLayer* m_layer = nullptr;
    int m_file = -1;
};

} // namespace tarn::storage
