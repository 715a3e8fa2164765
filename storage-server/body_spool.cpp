#include "storage-server/body_spool.h"

#include "storage-server/share_transfer.h"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace tarn::storage {

namespace {

Result<FileDescriptor> makeUnlinkedFileBlocking(const std::string& folder)
{
    FileDescriptor file(::open(folder.c_str(), O_RDWR | O_TMPFILE | O_CLOEXEC, 0600));
    if (file) return file;
    if (errno != EOPNOTSUPP && errno != EISDIR) return errnoError(errno, "spool");
    std::string name = folder + "/spool.XXXXXX";
    file.reset(::mkostemp(name.data(), O_CLOEXEC));
    if (!file) return errnoError(errno, "spool");
    ::unlink(name.c_str());
    return file;
}

Result<void> writeAllBlocking(int fd, ByteView data, std::uint64_t offset)
{
    while (!data.empty()) {
        const ssize_t done = ::pwrite(fd, data.data(), data.size(), static_cast<off_t>(offset));
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) return errnoError(errno, "spool");
        offset += static_cast<std::uint64_t>(done);
        data = data.subspan(static_cast<std::size_t>(done));
    }
    return ok();
}

} // namespace

Error bodyTooLarge(std::uint64_t limit)
{
    return Error(ErrorCode::InvalidInput, "body larger than " + std::to_string(limit) + " bytes");
}

Result<void> BodySpool::writeBlocking(ByteView bytes)
{
    if (!m_file) {
        TARN_TRY(m_file, makeUnlinkedFileBlocking(m_place.folder));
        TARN_TRY_VOID(writeAllBlocking(m_file.get(), m_memory, 0));
        m_memory = Bytes();
    }
    TARN_TRY_VOID(checkRoomBlocking(bytes.size()));
    return writeAllBlocking(m_file.get(), bytes, m_size);
}

Result<void> BodySpool::checkRoomBlocking(std::uint64_t bytes) const
{
    struct statvfs disk = {};
    if (::fstatvfs(m_file.get(), &disk) != 0) return errnoError(errno, "spool");
    const std::uint64_t free = std::uint64_t(disk.f_bavail) * disk.f_frsize;
    if (free < m_place.leftFree + bytes)
        return Error(ErrorCode::NoSpace, "no space for a request of this size");
    return ok();
}

asio::awaitable<Result<void>> BodySpool::append(ByteView bytes)
{
    if (!m_file && m_memory.size() + bytes.size() <= m_place.memoryLimit) {
        tarn::append(m_memory, bytes);
    } else if (!bytes.empty()) {
        auto write = [this, bytes] { return writeBlocking(bytes); };
        TARN_CO_TRY_VOID(co_await runOn(m_diskPool, write));
    }
    m_size += bytes.size();
    co_return ok();
}

Result<SpooledBody> BodySpool::finish() &&
{
    if (!m_file) return SpooledBody(std::move(m_memory));
    TARN_TRY(MappedFile map, MappedFile::ofBlocking(m_file.get(), m_size));
    return SpooledBody(std::move(map));
}

asio::awaitable<Result<SpooledBody>> spoolBody(net::ServerExchange& exchange, WorkPool& diskPool,
                                               const SpoolPlace& place, std::uint64_t limit,
                                               MutableByteView buffer)
{
    const std::optional<std::uint64_t> announced = exchange.bodyLength();
    if (announced && *announced > limit) co_return bodyTooLarge(limit);
    BodySpool spool(diskPool, place);
    for (;;) {
        TARN_CO_TRY(const std::size_t got, co_await readFully(exchange, buffer));
        if (got > limit - spool.size()) co_return bodyTooLarge(limit);
        TARN_CO_TRY_VOID(co_await spool.append(buffer.first(got)));
        if (got < buffer.size()) co_return std::move(spool).finish();
    }
}

} // namespace tarn::storage
