#include "storage-server/body_spool.h"

#include "storage-server/share_transfer.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace tarn::storage {

namespace {

Error tooLarge(std::uint64_t limit)
{
    return Error(ErrorCode::InvalidInput, "body larger than " + std::to_string(limit) + " bytes");
}

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

Result<void> writeBlocking(int fd, ByteView data, std::uint64_t offset)
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

/// The rest of the body behind `start`, which has been read already. \return the whole size.
asio::awaitable<Result<std::uint64_t>> appendRest(net::ServerExchange& exchange, WorkPool& diskPool,
                                                  int fd, ByteView start, std::uint64_t limit,
                                                  MutableByteView buffer)
{
    auto writeStart = [fd, start] { return writeBlocking(fd, start, 0); };
    TARN_CO_TRY_VOID(co_await runOn(diskPool, writeStart));
    std::uint64_t size = start.size();
    while (true) {
        TARN_CO_TRY(const std::size_t got, co_await readFully(exchange, buffer));
        if (got == 0) co_return size;
        if (got > limit - size) co_return tooLarge(limit);
        const ByteView piece = buffer.first(got);
        auto write = [fd, piece, size] { return writeBlocking(fd, piece, size); };
        TARN_CO_TRY_VOID(co_await runOn(diskPool, write));
        size += got;
    }
}

asio::awaitable<Result<SpooledBody>> spoolToFile(net::ServerExchange& exchange, WorkPool& diskPool,
                                                 const std::string& folder, ByteView start,
                                                 std::uint64_t limit, MutableByteView buffer)
{
    auto make = [&folder] { return makeUnlinkedFileBlocking(folder); };
    TARN_CO_TRY(FileDescriptor file, co_await runOn(diskPool, make));
    TARN_CO_TRY(const std::uint64_t size,
                co_await appendRest(exchange, diskPool, file.get(), start, limit, buffer));
    co_return SpooledBody::mapBlocking(std::move(file), size);
}

} // namespace

Result<SpooledBody> SpooledBody::mapBlocking(FileDescriptor file, std::size_t size)
{
    SpooledBody out;
    if (size == 0) return out;
    void* const map = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file.get(), 0);
    if (map == MAP_FAILED) return errnoError(errno, "spool");
    out.m_map = map;
    out.m_mapSize = size;
    return out;
}

SpooledBody::~SpooledBody()
{
    if (m_map != nullptr) ::munmap(m_map, m_mapSize);
}

SpooledBody::SpooledBody(SpooledBody&& other) noexcept
    : m_memory(std::move(other.m_memory)), m_map(std::exchange(other.m_map, nullptr)),
      m_mapSize(std::exchange(other.m_mapSize, 0))
{
}

SpooledBody& SpooledBody::operator=(SpooledBody&& other) noexcept
{
    std::swap(m_memory, other.m_memory);
    std::swap(m_map, other.m_map);
    std::swap(m_mapSize, other.m_mapSize);
    return *this;
}

ByteView SpooledBody::view() const
{
    if (m_map == nullptr) return m_memory;
    return ByteView(static_cast<const std::byte*>(m_map), m_mapSize);
}

void SpooledBody::dropPages() const
{
    if (m_map != nullptr) ::madvise(m_map, m_mapSize, MADV_DONTNEED);
}

asio::awaitable<void> detail::dropPagesForEver(const SpooledBody& body, Clock& clock)
{
    constexpr Duration kPause = std::chrono::milliseconds(5);
    while ((co_await asio::this_coro::cancellation_state).cancelled() ==
           asio::cancellation_type::none) {
        body.dropPages();
        co_await clock.sleep(kPause);
    }
}

asio::awaitable<Result<SpooledBody>> spoolBody(net::ServerExchange& exchange, WorkPool& diskPool,
                                               const SpoolPlace& place, std::uint64_t limit,
                                               MutableByteView buffer)
{
    const std::optional<std::uint64_t> announced = exchange.bodyLength();
    if (announced && *announced > limit) co_return tooLarge(limit);
    Bytes start;
    while (start.size() <= place.memoryLimit) {
        TARN_CO_TRY(const std::size_t got, co_await readFully(exchange, buffer));
        if (start.size() + got > limit) co_return tooLarge(limit);
        append(start, buffer.first(got));
        if (got < buffer.size()) co_return SpooledBody(std::move(start));
    }
    co_return co_await spoolToFile(exchange, diskPool, place.folder, start, limit, buffer);
}

} // namespace tarn::storage
