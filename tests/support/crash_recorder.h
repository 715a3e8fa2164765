// crash_recorder: a FileLayer that writes down everything that is done to the disk, so that
// crash_states.h can tell in which states a crash may leave it.
#pragma once

#include "tests/support/disk_image.h"

#include <mutex>
#include <optional>
#include <variant>

namespace tarn::test {

/// A name appears, changes its meaning or goes; a rename is two of them in one.
struct NameOp
{
    struct Entry
    {
        NodeId directory = 0;
        std::string name;
        std::optional<NodeId> becomes; ///< none: the name goes
    };
    std::vector<Entry> entries;
    std::optional<NodeId> emptied; ///< rmdir: every name in this one went before
};

struct WriteOp
{
    NodeId file = 0;
    std::uint64_t offset = 0;
    Bytes bytes;
};

struct ResizeOp
{
    NodeId file = 0;
    std::uint64_t size = 0;
};

struct SyncOp
{
    enum class What { File, Directory, All };
    What what = What::All;
    NodeId node = 0;
    bool failed = false; ///< bytes that it covers may be lost for good: no later sync helps
};

using DiskOp = std::variant<NameOp, WriteOp, ResizeOp, SyncOp>;

struct DiskRecord
{
    DiskImage begin; ///< durable
    std::vector<DiskOp> ops;
    std::vector<bool> directories; ///< by node: whether it is one
};

/// Forwards everything and records what succeeded, and failed syncs. Recording begins with the
/// first attach(); what is there then counts as durable.
class CrashRecorder final : public storage::FileLayer
{
public:
    explicit CrashRecorder(storage::FileLayer& inner) : m_inner(inner) {}

    const DiskRecord& record() const { return m_record; }
    /// From now on operations fail because the process is dead: that is no failure of the disk.
    void processDied() { m_dead = true; }
    /// Another process takes over.
    void processStarted() { m_dead = false; }
    /// How many operations are recorded: a point in time.
    std::size_t now() const { return m_record.ops.size(); }

    Result<void> attach() override;
    Result<void> makeRoot() override { return m_inner.makeRoot(); }
    bool rootInPlace() override { return m_inner.rootInPlace(); }
    Result<int> openFile(const std::string& path, storage::OpenMode mode) override;
    void closeFile(int file) noexcept override;
    Result<std::size_t> readAt(int file, std::uint64_t offset, MutableByteView into) override
    {
        return m_inner.readAt(file, offset, into);
    }
    Result<void> writeAt(int file, std::uint64_t offset, std::span<const ByteView> pieces) override;
    Result<std::uint64_t> sizeOf(int file) override { return m_inner.sizeOf(file); }
    Result<MappedFile> map(int file, std::uint64_t size) override
    {
        return m_inner.map(file, size);
    }
    Result<void> truncate(int file, std::uint64_t size) override;
    Result<void> syncFile(int file) override;
    void startWriteback(int file, std::uint64_t offset, std::uint64_t size) noexcept override
    {
        m_inner.startWriteback(file, offset, size);
    }
    Result<void> syncDirectory(const std::string& path) override;
    Result<void> syncAll() override;
    bool syncAllCovers(const std::string& path) override { return m_inner.syncAllCovers(path); }
    Result<void> rename(const std::string& from, const std::string& to,
                        storage::RenameMode mode) override;
    Result<void> unlink(const std::string& path) override;
    Result<void> makeDirectory(const std::string& path) override;
    Result<void> removeDirectory(const std::string& path) override;
    Result<std::vector<std::string>> list(const std::string& path) override
    {
        return m_inner.list(path);
    }
    Result<storage::FileInfo> info(const std::string& path) override { return m_inner.info(path); }
    Result<std::uint64_t> freeSpace() override { return m_inner.freeSpace(); }
    Result<void> lock(int file) override { return m_inner.lock(file); }

private:
    std::optional<NodeId> find(const std::string& path) const;
    NameOp::Entry entryOf(const std::string& path, std::optional<NodeId> becomes) const;
    NodeId addNode(bool directory);
    void apply(NameOp op);
    Result<void> noteSync(SyncOp op, Result<void> outcome);

    storage::FileLayer& m_inner;
    std::mutex m_mutex;
    bool m_begun = false;
    bool m_dead = false;
    DiskRecord m_record;
    std::vector<std::map<std::string, NodeId>> m_names; ///< by node, as they are now
    std::map<int, NodeId> m_open;
};

} // namespace tarn::test
