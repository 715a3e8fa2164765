#include "tests/support/fail_at.h"

#include <cerrno>

namespace tarn::test {

using namespace storage;

Result<void> TapLayer::ask(FileOp op, const std::string& path)
{
    const int refused = m_before ? m_before(op, path) : 0;
    if (refused != 0) return fileError(refused, "planned failure");
    return ok();
}

Result<void> TapLayer::attach()
{
    TARN_TRY_VOID(ask(FileOp::Attach, ""));
    return m_inner.attach();
}

Result<void> TapLayer::makeRoot()
{
    TARN_TRY_VOID(ask(FileOp::MakeRoot, ""));
    return m_inner.makeRoot();
}

Result<int> TapLayer::openFile(const std::string& path, OpenMode mode)
{
    TARN_TRY_VOID(ask(FileOp::Open, path));
    Result<int> file = m_inner.openFile(path, mode);
    const std::scoped_lock lock(m_mutex);
    if (file) ++m_open;
    return file;
}

void TapLayer::closeFile(int file) noexcept
{
    {
        const std::scoped_lock lock(m_mutex);
        --m_open;
    }
    m_inner.closeFile(file);
}

Result<std::size_t> TapLayer::readAt(int file, std::uint64_t offset, MutableByteView into)
{
    TARN_TRY_VOID(ask(FileOp::Read, ""));
    return m_inner.readAt(file, offset, into);
}

Result<void> TapLayer::writeAt(int file, std::uint64_t offset, std::span<const ByteView> pieces)
{
    TARN_TRY_VOID(ask(FileOp::Write, ""));
    return m_inner.writeAt(file, offset, pieces);
}

Result<std::uint64_t> TapLayer::sizeOf(int file)
{
    TARN_TRY_VOID(ask(FileOp::SizeOf, ""));
    return m_inner.sizeOf(file);
}

Result<MappedFile> TapLayer::map(int file, std::uint64_t size)
{
    TARN_TRY_VOID(ask(FileOp::Map, ""));
    return m_inner.map(file, size);
}

Result<void> TapLayer::truncate(int file, std::uint64_t size)
{
    TARN_TRY_VOID(ask(FileOp::Truncate, ""));
    return m_inner.truncate(file, size);
}

Result<void> TapLayer::syncFile(int file)
{
    TARN_TRY_VOID(ask(FileOp::SyncFile, ""));
    return m_inner.syncFile(file);
}

void TapLayer::startWriteback(int file, std::uint64_t offset, std::uint64_t size) noexcept
{
    m_inner.startWriteback(file, offset, size);
}

Result<void> TapLayer::syncDirectory(const std::string& path)
{
    TARN_TRY_VOID(ask(FileOp::SyncDirectory, path));
    return m_inner.syncDirectory(path);
}

Result<void> TapLayer::syncAll()
{
    TARN_TRY_VOID(ask(FileOp::SyncAll, ""));
    return m_inner.syncAll();
}

Result<void> TapLayer::rename(const std::string& from, const std::string& to, RenameMode mode)
{
    TARN_TRY_VOID(ask(FileOp::Rename, from));
    return m_inner.rename(from, to, mode);
}

Result<void> TapLayer::unlink(const std::string& path)
{
    TARN_TRY_VOID(ask(FileOp::Unlink, path));
    return m_inner.unlink(path);
}

Result<void> TapLayer::makeDirectory(const std::string& path)
{
    TARN_TRY_VOID(ask(FileOp::MakeDirectory, path));
    return m_inner.makeDirectory(path);
}

Result<void> TapLayer::removeDirectory(const std::string& path)
{
    TARN_TRY_VOID(ask(FileOp::RemoveDirectory, path));
    return m_inner.removeDirectory(path);
}

Result<std::vector<std::string>> TapLayer::list(const std::string& path)
{
    TARN_TRY_VOID(ask(FileOp::List, path));
    return m_inner.list(path);
}

Result<FileInfo> TapLayer::info(const std::string& path)
{
    TARN_TRY_VOID(ask(FileOp::Info, path));
    return m_inner.info(path);
}

Result<std::uint64_t> TapLayer::freeSpace()
{
    TARN_TRY_VOID(ask(FileOp::FreeSpace, ""));
    return m_inner.freeSpace();
}

Result<void> TapLayer::lock(int file)
{
    TARN_TRY_VOID(ask(FileOp::Lock, ""));
    return m_inner.lock(file);
}

FailAt::FailAt(FileLayer& inner)
    : TapLayer(inner, [this](FileOp op, const std::string& /*path*/) { return next(op); })
{
}

void FailAt::arm(std::uint64_t number, int errnoValue, How how)
{
    m_count = 0;
    m_failAt = number;
    m_errno = errnoValue;
    m_how = how;
    m_fired = false;
    m_onlyOp.reset();
    m_room.reset();
    m_written = 0;
}

void FailAt::fillAfter(std::uint64_t bytes)
{
    disarm();
    m_room = bytes;
}

Result<void> FailAt::writeAt(int file, std::uint64_t offset, std::span<const ByteView> pieces)
{
    Bytes all;
    for (const ByteView piece : pieces)
        append(all, piece);
    std::unique_lock lock(m_writing);
    m_written += all.size();
    if (!m_room || m_written <= *m_room) {
        lock.unlock();
        return TapLayer::writeAt(file, offset, pieces);
    }
    const std::uint64_t over = m_written - *m_room;
    const ByteView fits = ByteView(all).first(all.size() - static_cast<std::size_t>(over));
    m_room.reset();
    m_fired = true;
    m_failedOp = FileOp::Write;
    lock.unlock();
    TARN_TRY_VOID(TapLayer::writeAt(file, offset, std::span(&fits, 1)));
    return fileError(ENOSPC, "write");
}

void FailAt::armNext(FileOp op, int errnoValue, std::uint64_t number)
{
    arm(number, errnoValue);
    m_onlyOp = op;
}

int FailAt::next(FileOp op)
{
    if (m_look) m_look();
    const std::scoped_lock lock(m_counting);
    if (m_onlyOp && op != *m_onlyOp) return 0;
    const std::uint64_t number = m_count++;
    const bool fails = m_how == How::Once ? number == m_failAt : number >= m_failAt;
    if (!fails) return 0;
    if (!m_fired) m_failedOp = op;
    m_fired = true;
    return m_errno;
}

} // namespace tarn::test
