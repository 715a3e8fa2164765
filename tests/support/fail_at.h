// fail_at: a FileLayer between the store and the disk that counts operations and fails one of
// them, or stops the world there as a crash does.
#pragma once

#include "storage-server/file_layer.h"

#include <functional>
#include <limits>
#include <mutex>
#include <optional>

namespace tarn::test {

enum class FileOp {
    Attach,
    MakeRoot,
    Open,
    Read,
    Write,
    SizeOf,
    Map,
    Truncate,
    SyncFile,
    SyncDirectory,
    SyncAll,
    Rename,
    Unlink,
    MakeDirectory,
    RemoveDirectory,
    List,
    Info,
    FreeSpace,
    Lock,
};

/// Forwards everything; asks `before` first. Closing is never refused.
class TapLayer : public storage::FileLayer
{
public:
    /// On any thread of the pool, on several at once; it may take its time.
    /// \return 0, or the errno with which the operation fails without being done.
    using Before = std::function<int(FileOp op, const std::string& path)>;

    TapLayer(storage::FileLayer& inner, Before before) : m_inner(inner), m_before(std::move(before))
    {
    }

    Result<void> attach() override;
    Result<void> makeRoot() override;
    bool rootInPlace() override { return m_inner.rootInPlace(); }
    Result<int> openFile(const std::string& path, storage::OpenMode mode) override;
    void closeFile(int file) noexcept override;
    Result<std::size_t> readAt(int file, std::uint64_t offset, MutableByteView into) override;
    Result<void> writeAt(int file, std::uint64_t offset, std::span<const ByteView> pieces) override;
    Result<std::uint64_t> sizeOf(int file) override;
    Result<MappedFile> map(int file, std::uint64_t size) override;
    Result<void> truncate(int file, std::uint64_t size) override;
    Result<void> syncFile(int file) override;
    void startWriteback(int file, std::uint64_t offset, std::uint64_t size) noexcept override;
    Result<void> syncDirectory(const std::string& path) override;
    Result<void> syncAll() override;
    bool syncAllCovers(const std::string& path) override { return m_inner.syncAllCovers(path); }
    Result<void> rename(const std::string& from, const std::string& to,
                        storage::RenameMode mode) override;
    Result<void> unlink(const std::string& path) override;
    Result<void> makeDirectory(const std::string& path) override;
    Result<void> removeDirectory(const std::string& path) override;
    Result<std::vector<std::string>> list(const std::string& path) override;
    Result<storage::FileInfo> info(const std::string& path) override;
    Result<std::uint64_t> freeSpace() override;
    Result<void> lock(int file) override;

    /// How many files are open through this layer.
    int openFiles() const { return m_open; }

private:
    Result<void> ask(FileOp op, const std::string& path);

    storage::FileLayer& m_inner;
    Before m_before;
    std::mutex m_mutex;
    int m_open = 0;
};

/// Counts operations; the one numbered by arm() fails with its errno, and with Forever all after
/// it too, as if the process had died there.
class FailAt final : public TapLayer
{
public:
    enum class How { Once, Forever };
    explicit FailAt(storage::FileLayer& inner);

    /// Counting starts again from 0.
    void arm(std::uint64_t number, int errnoValue, How how = How::Once);
    /// The operation of this kind that comes after `number` others fails, once.
    void armNext(FileOp op, int errnoValue, std::uint64_t number = 0);
    /// The disk is full after so many bytes: the write that crosses this ends short with ENOSPC.
    /// Later ones find space again.
    void fillAfter(std::uint64_t bytes);
    /// Called before every operation; it may look around.
    void beforeEach(std::function<void()> look) { m_look = std::move(look); }
    void disarm() { arm(std::numeric_limits<std::uint64_t>::max(), 0); }
    /// Bytes written since the last arm() or fillAfter().
    std::uint64_t written() const { return m_written; }
    Result<void> writeAt(int file, std::uint64_t offset, std::span<const ByteView> pieces) override;
    /// Operations since the last arm().
    std::uint64_t count() const { return m_count; }
    bool fired() const { return m_fired; }
    FileOp failedOp() const { return m_failedOp; }

private:
    int next(FileOp op);

    std::function<void()> m_look;
    std::mutex m_counting; ///< over what decides whether an operation fails
    std::uint64_t m_count = 0;
    std::uint64_t m_failAt = std::numeric_limits<std::uint64_t>::max();
    std::optional<FileOp> m_onlyOp;
    std::mutex m_writing; ///< over the two below; pool threads write side by side
    std::optional<std::uint64_t> m_room;
    std::uint64_t m_written = 0;
    int m_errno = 0;
    How m_how = How::Once;
    bool m_fired = false;
    FileOp m_failedOp = FileOp::Attach;
};

} // namespace tarn::test
