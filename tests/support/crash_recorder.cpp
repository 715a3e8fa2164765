#include "tests/support/crash_recorder.h"

#include "core/base/check.h"
#include "storage-server/store_paths.h"

#include <utility>

namespace tarn::test {

using namespace storage;

namespace {

std::string lastName(const std::string& path)
{
    return path.substr(path.rfind('/') + 1);
}

} // namespace

Result<void> CrashRecorder::attach()
{
    TARN_TRY_VOID(m_inner.attach());
    const std::scoped_lock lock(m_mutex);
    if (std::exchange(m_begun, true)) return ok();
    TARN_TRY(m_record.begin, readImage(m_inner));
    for (const DiskImage::Node& node : m_record.begin.nodes) {
        m_record.directories.push_back(node.directory);
        m_names.push_back(node.names);
    }
    return ok();
}

std::optional<NodeId> CrashRecorder::find(const std::string& path) const
{
    NodeId node = kRootNode;
    for (std::size_t at = 0; at < path.size();) {
        const std::size_t end = std::min(path.find('/', at), path.size());
        const auto found = m_names[node].find(path.substr(at, end - at));
        if (found == m_names[node].end()) return std::nullopt;
        node = found->second;
        at = end + 1;
    }
    return node;
}

NameOp::Entry CrashRecorder::entryOf(const std::string& path, std::optional<NodeId> becomes) const
{
    const std::optional<NodeId> directory = find(parentOf(path));
    TARN_ASSERT(directory.has_value());
    return {*directory, lastName(path), becomes};
}

NodeId CrashRecorder::addNode(bool directory)
{
    m_record.directories.push_back(directory);
    m_names.emplace_back();
    return m_names.size() - 1;
}

void CrashRecorder::apply(NameOp op)
{
    for (const NameOp::Entry& entry : op.entries) {
        if (entry.becomes) {
            m_names[entry.directory][entry.name] = *entry.becomes;
        } else {
            m_names[entry.directory].erase(entry.name);
        }
    }
    m_record.ops.emplace_back(std::move(op));
}

Result<int> CrashRecorder::openFile(const std::string& path, OpenMode mode)
{
    const std::scoped_lock lock(m_mutex);
    TARN_TRY(const int file, m_inner.openFile(path, mode));
    if (mode == OpenMode::Create) apply({{entryOf(path, addNode(false))}, std::nullopt});
    const std::optional<NodeId> node = find(path);
    TARN_ASSERT(node.has_value());
    m_open[file] = *node;
    return file;
}

void CrashRecorder::closeFile(int file) noexcept
{
    const std::scoped_lock lock(m_mutex);
    m_open.erase(file);
    m_inner.closeFile(file);
}

Result<void> CrashRecorder::writeAt(int file, std::uint64_t offset,
                                    std::span<const ByteView> pieces)
{
    const std::scoped_lock lock(m_mutex);
    TARN_TRY_VOID(m_inner.writeAt(file, offset, pieces));
    WriteOp op{m_open.at(file), offset, {}};
    for (const ByteView piece : pieces)
        append(op.bytes, piece);
    if (!op.bytes.empty()) m_record.ops.emplace_back(std::move(op));
    return ok();
}

Result<void> CrashRecorder::truncate(int file, std::uint64_t size)
{
    const std::scoped_lock lock(m_mutex);
    TARN_TRY_VOID(m_inner.truncate(file, size));
    m_record.ops.emplace_back(ResizeOp{m_open.at(file), size});
    return ok();
}

Result<void> CrashRecorder::noteSync(SyncOp op, Result<void> outcome)
{
    op.failed = !outcome;
    if (op.failed && m_dead) return outcome;
    m_record.ops.emplace_back(op);
    return outcome;
}

Result<void> CrashRecorder::syncFile(int file)
{
    const std::scoped_lock lock(m_mutex);
    return noteSync({SyncOp::What::File, m_open.at(file)}, m_inner.syncFile(file));
}

Result<void> CrashRecorder::syncDirectory(const std::string& path)
{
    const std::scoped_lock lock(m_mutex);
    const std::optional<NodeId> node = find(path);
    if (!node) return m_inner.syncDirectory(path);
    return noteSync({SyncOp::What::Directory, *node}, m_inner.syncDirectory(path));
}

Result<void> CrashRecorder::syncAll()
{
    const std::scoped_lock lock(m_mutex);
    return noteSync({SyncOp::What::All, kRootNode}, m_inner.syncAll());
}

Result<void> CrashRecorder::rename(const std::string& from, const std::string& to, RenameMode mode)
{
    const std::scoped_lock lock(m_mutex);
    TARN_TRY_VOID(m_inner.rename(from, to, mode));
    const std::optional<NodeId> moved = find(from);
    const std::optional<NodeId> target = find(to);
    const std::optional<NodeId> left = mode == RenameMode::Exchange ? target : std::nullopt;
    apply({{entryOf(from, left), entryOf(to, moved)}, std::nullopt});
    return ok();
}

Result<void> CrashRecorder::unlink(const std::string& path)
{
    const std::scoped_lock lock(m_mutex);
    TARN_TRY_VOID(m_inner.unlink(path));
    apply({{entryOf(path, std::nullopt)}, std::nullopt});
    return ok();
}

Result<void> CrashRecorder::makeDirectory(const std::string& path)
{
    const std::scoped_lock lock(m_mutex);
    TARN_TRY_VOID(m_inner.makeDirectory(path));
    apply({{entryOf(path, addNode(true))}, std::nullopt});
    return ok();
}

Result<void> CrashRecorder::removeDirectory(const std::string& path)
{
    const std::scoped_lock lock(m_mutex);
    TARN_TRY_VOID(m_inner.removeDirectory(path));
    const std::optional<NodeId> gone = find(path);
    apply({{entryOf(path, std::nullopt)}, gone});
    return ok();
}

} // namespace tarn::test
